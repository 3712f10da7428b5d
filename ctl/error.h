// The one exception of vouchctl. Adapters (gRPC, libfido2, the terminal) turn their library's failures into it where
// they happen; main turns it into one line on stderr and an exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "reasons.h"

namespace vouch {

using namespace agent::v1;  // the Reason enumerators and the messages of the contract

// `message` says what happened, `remedy` what to do next; no secret in either.
class Error : public std::runtime_error {
 public:
  Error(Reason reason, const std::string& message, std::string remedy = {})
      : std::runtime_error(message), reason_(reason), remedy_(std::move(remedy)) {}

  Reason reason() const { return reason_; }
  const std::string& remedy() const { return remedy_; }

 private:
  Reason reason_;
  std::string remedy_;
};

// `text` with every control character replaced by a space: what came from elsewhere must not steer the terminal.
std::string Printable(std::string_view text);

// "vouchctl: <message>; <remedy>", one line without a line break.
std::string ErrorLine(const Error& error);

}  // namespace vouch
