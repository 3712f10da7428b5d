#include "socket_path.h"

#include <cstdlib>

namespace vouch {
namespace {

// An absolute path from the environment, or empty.
std::string AbsoluteFromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] == '/' ? value : "";
}

}  // namespace

std::string SocketPath() {
  if (std::string path = AbsoluteFromEnvironment("VOUCH_SOCKET"); !path.empty()) return path;
  if (std::string run = AbsoluteFromEnvironment("XDG_RUNTIME_DIR"); !run.empty()) return run + "/vouch/vouchd.sock";
  if (std::string cache = AbsoluteFromEnvironment("XDG_CACHE_HOME"); !cache.empty()) return cache + "/vouch/vouchd.sock";
  if (std::string home = AbsoluteFromEnvironment("HOME"); !home.empty()) return home + "/.cache/vouch/vouchd.sock";
  return "";
}

}  // namespace vouch
