// Socket activation by systemd: sd_listen_fds(3), read by hand since libsystemd would be one more library for two variables.
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "server/socket_checks.h"

namespace vouch {
namespace {

constexpr int kFirstPassed = 3;

std::optional<long> NumberFromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  long value = 0;
  auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc{} || *end != '\0' || value < 0) return std::nullopt;
  return value;
}

}  // namespace

int CountActivatedDescriptors() {
  if (NumberFromEnvironment("LISTEN_PID") != static_cast<long>(getpid())) return 0;  // meant for another process
  constexpr long kMost = 64;
  const long count = NumberFromEnvironment("LISTEN_FDS").value_or(0);
  return static_cast<int>(count <= kMost ? count : 0);
}

std::optional<ListeningSocket> AdoptActivatedSocket() {
  const int count = CountActivatedDescriptors();
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  if (count == 0) return std::nullopt;
  if (count > 1) throw Error(REASON_CONFIGURATION, "the service manager passed more than one socket", "check vouchd.socket");
  return CheckAdopted(kFirstPassed);
}

}  // namespace vouch
