#include "places.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <climits>
#include <cstdint>
#endif

#include "error.h"

namespace vouch {
namespace {

std::filesystem::path ThisProgram() {
#ifdef __APPLE__
  char path[PATH_MAX];
  std::uint32_t size = sizeof path;
  return _NSGetExecutablePath(path, &size) == 0 ? path : "";
#else
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown);
#endif
}

}  // namespace

std::string EnvironmentText(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string HomeFolder() {
  if (std::string home = EnvironmentText("HOME"); !home.empty()) return home;
  const passwd* user = getpwuid(geteuid());
  if (user == nullptr || user->pw_dir == nullptr || user->pw_dir[0] == '\0')
    throw Error(REASON_CONFIGURATION, "it is not known where your home folder is", "set HOME");
  return user->pw_dir;
}

std::string ProgramBeside(const std::string& name) {
  const std::filesystem::path program = ThisProgram();
  if (program.empty()) throw Error(REASON_CONFIGURATION, "it is not known where vouchctl is installed");
  const std::filesystem::path here = program.parent_path();
  std::string path;
  for (const auto& folder : {here, here / VOUCH_BIN_FROM_LIBEXEC}) {
    path = (folder / name).lexically_normal().string();
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  throw Error(REASON_CONFIGURATION, path + " is missing", "install it beside vouchctl");
}

}  // namespace vouch
