#include "output.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <unistd.h>

#include "failure.h"

namespace vouch {
namespace {

constexpr int kPatienceMs = 5000;

// False when a stdout that somebody made non-blocking stays full.
bool WaitWritable() {
  pollfd waiting{STDOUT_FILENO, POLLOUT, 0};
  return poll(&waiting, 1, kPatienceMs) > 0;
}

}  // namespace

void WriteOutput(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && !(errno == EAGAIN && WaitWritable())) {
      throw Failure(REASON_INTERNAL, "cannot write to standard output: " + std::string(strerrordesc_np(errno)));
    }
  }
}

}  // namespace vouch
