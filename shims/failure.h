// Why a shim gives up: the one thing that is thrown here. Every part of the shims throws it; report.cpp turns it into
// the line on stderr and the exit code.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "reasons.h"

namespace vouch {

using namespace agent::v1;  // the Reason enumerators are part of the vocabulary

// `message` says what happened, `remedy` what to do next (may be empty). Neither holds a secret.
class Failure : public std::exception {
 public:
  Failure(Reason reason, std::string message, std::string remedy = {})
      : reason_(reason), message_(std::move(message)), remedy_(std::move(remedy)) {}

  Reason reason() const { return reason_; }
  const std::string& message() const { return message_; }
  const std::string& remedy() const { return remedy_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Reason reason_;
  std::string message_;
  std::string remedy_;
};

}  // namespace vouch
