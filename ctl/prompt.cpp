#include "prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <ostream>
#include <string_view>

#include "error.h"

namespace vouch {
namespace {

// Echo off as long as it lives. Flushes on both sides: neither a PIN typed ahead with echo nor half a PIN typed before
// Ctrl-C may end up on the screen or in the shell.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd) {
    if (tcgetattr(fd, &before_) != 0) throw Error(REASON_INTERNAL, "cannot read the terminal's settings");
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped vouchctl would leave the shell without echo
    if (tcsetattr(fd, TCSAFLUSH, &silent) != 0) throw Error(REASON_INTERNAL, "cannot switch the terminal's echo off");
  }
  ~Silence() { tcsetattr(fd_, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  const int fd_;
  termios before_;
};

UniqueFd OpenTerminal(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!fd) throw Error(REASON_CONFIGURATION, "no terminal to ask for the PIN", "give it as one line on standard input");
  return fd;
}

}  // namespace

Prompt::Prompt(const Interrupt& interrupt, std::ostream& err, int input, std::string terminal)
    : interrupt_(interrupt),
      err_(err),
      input_(input),
      terminal_(std::move(terminal)),
      is_terminal_(isatty(input) == 1) {}

Pin Prompt::AskPin(const std::string& question, Deadline deadline) {
  if (!is_terminal_) return ReadLine(input_, deadline);
  const UniqueFd terminal = OpenTerminal(terminal_);
  struct LineEnd {  // the person's own line end was not echoed
    std::ostream& err;
    ~LineEnd() { err << std::endl; }
  } line_end{err_};
  const Silence silence(terminal.get());
  err_ << question << std::flush;
  return ReadLine(terminal.get(), deadline);
}

bool Prompt::AskYes(const std::string& question, Deadline deadline) {
  if (!is_terminal_) return false;
  const UniqueFd terminal = OpenTerminal(terminal_);
  err_ << question << std::flush;
  const Pin answer = ReadLine(terminal.get(), deadline);
  const std::string_view text = answer.Reveal();
  return text == "yes" || text == "y";
}

Pin Prompt::ReadLine(int fd, Deadline deadline) {
  Pin line;
  for (;;) {
    std::array<pollfd, 2> wait{{{interrupt_.fd(), POLLIN, 0}, {fd, POLLIN, 0}}};
    const int ready = poll(wait.data(), wait.size(), MillisecondsUntil(deadline));
    if (interrupt_.IsSet()) throw Error(REASON_CANCELLED, "cancelled");
    if (ready == 0) throw Error(REASON_TOUCH_TIMEOUT, "no answer within the time limit", "give more with --timeout");
    if (ready < 0) continue;  // EINTR

    char c = '\0';
    const ssize_t got = read(fd, &c, 1);  // one at a time: what follows the line belongs to the next question
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got == 1 && c != '\n') {
      line.Append(c);
      continue;
    }
    if (got != 1 && line.size() == 0) {
      if (is_terminal_) throw Error(REASON_CANCELLED, "cancelled");
      throw Error(REASON_CONFIGURATION, "no PIN on standard input",
                  "run vouchctl login in a terminal, or pipe the PIN in");
    }
    if (line.last() == '\r') line.RemoveLast();
    return line;
  }
}

}  // namespace vouch
