// The talk of a guided command: what it says, and questions with one line of answer each. Used by setup.
#pragma once

#include <iosfwd>
#include <string>

#include "interrupt.h"

namespace vouch {

class Dialog {
 public:
  // Answers are lines of `input`, a terminal, which shows them itself. With `asks` false nobody is asked and every question
  // has its preset as answer. All must outlive it.
  Dialog(const Interrupt& interrupt, std::ostream& out, int input, bool asks);

  bool asks() const { return asks_; }

  // Whether the person ended the talk: by a signal, or by the end of input.
  bool IsOver() const { return ended_ || interrupt_.IsSet(); }

  // One line for each line of `text`, indented.
  void Say(const std::string& text);

  // The answer without spaces around it; `preset` (shown in brackets) for an empty line. REASON_CANCELLED when the talk is over.
  std::string Ask(const std::string& question, const std::string& preset);

  // Asks until the answer is a yes or a no; "skip" counts as no. Throws as Ask.
  bool AskYes(const std::string& question, bool preset);

 private:
  std::string ReadLine();

  const Interrupt& interrupt_;
  std::ostream& out_;
  const int input_;
  const bool asks_;
  bool ended_ = false;
};

}  // namespace vouch
