#include "dialog.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ostream>
#include <sstream>

#include "error.h"

namespace vouch {
namespace {

constexpr std::size_t kLineLimit = 4096;  // no answer is longer; a terminal's own limit

std::string Trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

Dialog::Dialog(const Interrupt& interrupt, std::ostream& out, int input, bool asks)
    : interrupt_(interrupt), out_(out), input_(input), asks_(asks) {}

void Dialog::Say(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out_ << (line.empty() ? "" : "    ") << line << "\n";
  out_ << std::flush;
}

std::string Dialog::Ask(const std::string& question, const std::string& preset) {
  if (!asks_) return preset;
  out_ << "  > " << question << (preset.empty() ? "" : " [" + Printable(preset) + "]") << ": " << std::flush;
  const std::string answer = Trimmed(ReadLine());
  return answer.empty() ? preset : answer;
}

bool Dialog::AskYes(const std::string& question, bool preset) {
  for (;;) {
    const std::string answer = Ask(question + " (yes/no)", preset ? "yes" : "no");
    if (answer == "yes" || answer == "y") return true;
    if (answer == "no" || answer == "n" || answer == "skip") return false;
    Say("Please answer yes or no.");
  }
}

std::string Dialog::ReadLine() {
  std::string line;
  for (;;) {
    std::array<pollfd, 2> wait{{{interrupt_.fd(), POLLIN, 0}, {input_, POLLIN, 0}}};
    const int ready = poll(wait.data(), wait.size(), -1);
    if (interrupt_.IsSet()) throw Error(REASON_CANCELLED, "cancelled");
    if (ready < 0) continue;  // EINTR

    char c = '\0';
    const ssize_t got = read(input_, &c, 1);  // one at a time: what follows the line belongs to the next question
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got == 1 && c == '\n') return line;
    if (got != 1) {
      ended_ = true;
      throw Error(REASON_CANCELLED, "cancelled");
    }
    if (line.size() < kLineLimit) line += c;
  }
}

}  // namespace vouch
