// Asks the person: the PIN without echo, a yes or no. Used by the login, which alone asks anything.
#pragma once

#include <iosfwd>
#include <string>

#include "interrupt.h"
#include "pin.h"

namespace vouch {

// Questions go to `err`. Answers come from `terminal` when `input` is a terminal, else one line each from `input`, so
// that scripts can pipe them. All three must outlive it.
class Prompt {
 public:
  Prompt(const Interrupt& interrupt, std::ostream& err, int input = 0, std::string terminal = "/dev/tty");

  // Whether a person answers.
  bool IsTerminal() const { return is_terminal_; }

  // One line. On a terminal echo is off meanwhile and on again afterwards, whatever happens (suspending is switched off
  // too); what was typed ahead is dropped. REASON_CANCELLED on a signal or end of input from the terminal,
  // REASON_TOUCH_TIMEOUT at the deadline, REASON_CONFIGURATION when `input` holds no line.
  Pin AskPin(const std::string& question, Deadline deadline);

  // True for "yes" and "y" only; false without asking when nobody is there. Throws as AskPin.
  bool AskYes(const std::string& question, Deadline deadline);

 private:
  Pin ReadLine(int fd, Deadline deadline);

  const Interrupt& interrupt_;
  std::ostream& err_;
  const int input_;
  const std::string terminal_;
  const bool is_terminal_;
};

}  // namespace vouch
