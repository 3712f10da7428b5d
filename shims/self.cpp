#include "self.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <cstdint>
#endif

namespace vouch {
namespace {

std::string OwnPath() {
  std::array<char, PATH_MAX> buffer;
#ifdef __APPLE__
  std::uint32_t room = buffer.size();
  std::array<char, PATH_MAX> real;
  if (_NSGetExecutablePath(buffer.data(), &room) != 0) return "";
  return realpath(buffer.data(), real.data()) == nullptr ? "" : real.data();
#else
  const ssize_t size = readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0 || static_cast<std::size_t>(size) == buffer.size()) return "";
  return std::string(buffer.data(), static_cast<std::size_t>(size));
#endif
}

}  // namespace

std::string OwnFolder() {
  std::string path = OwnPath();
  path.resize(path.rfind('/') + 1);  // npos + 1 is 0
  return path;
}

int BecomeControlProgram(char** argv) {
  const std::string folder = OwnFolder();
  if (folder.empty()) return ENOENT;
  execv((folder + VOUCH_CONTROL_PROGRAM).c_str(), argv);
  return errno;
}

}  // namespace vouch
