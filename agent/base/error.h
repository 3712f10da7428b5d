// The one exception of the agent. Adapters (curl, libsecret, OpenSSL, gRPC) turn their library's failures into it where
// they happen; above them nothing else is thrown on purpose. Absent-and-normal is std::optional, never an Error.
#pragma once

#include <stdexcept>
#include <string>

#include "reasons.h"

namespace vouch {

using enum agent::v1::Reason;  // REASON_… are part of the vocabulary

// `message` says what happened, `remedy` what to do next; both are shown to people and logged: no secret, no full URL.
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

// True for what may go away by itself: the far end is not reachable, broken or busy. False for a refusal.
bool IsTransient(Reason reason);

// True for a no of the far end to this person or client: what was given before is not given any more (design 5.3). A mistake on
// this machine (REASON_CONFIGURATION) is none.
bool IsRefusal(Reason reason);

}  // namespace vouch
