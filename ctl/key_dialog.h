// The talk with the person in front of the security key: plug it in, choose, PIN, touch. Used by the commands that need
// the key: login, register, enroll.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>

#include "error.h"
#include "fido/authenticator.h"
#include "prompt.h"

namespace vouch {

// One key after the other. A PIN that was typed is kept until another key is opened, so that a registration and the
// login after it ask once; no other key gets it. What the person has to do goes to `err`.
class KeyDialog {
 public:
  // `timeout` is for finding the key, the PIN and the touch together, from Open on; `command` is what to type to begin
  // again ("vouchctl login"). All references must outlive it.
  KeyDialog(Authenticator& authenticator, Prompt& prompt, std::ostream& err, std::chrono::seconds timeout,
            std::string command);

  // Finds the key. With `find_limit` the search ends that early. Throws the reasons of Authenticator::Open.
  void Open(const KeyWish& wish, std::optional<std::chrono::seconds> find_limit = std::nullopt);
  bool IsOpen() const { return is_open_; }
  std::string Product() { return authenticator_.Product(); }

  // A new time limit for the open key.
  void Restart();

  // The key's own sensor verifies the person where there is one; when it fails, or else, the PIN does. On a terminal a
  // wrong PIN may be typed again, up to three times, and a key without one is given one after a yes; the last try
  // before the key locks for good is never spent without asking. Throws the reasons of Authenticator and Prompt.
  Assertion GetAssertion(const std::string& rp_id, const std::string& client_data_json);
  NewCredential MakeCredential(const CredentialRequest& request);

  Prompt& prompt() { return prompt_; }
  std::ostream& err() { return err_; }

 private:
  template <typename Use>
  auto Verified(const Use& use);
  template <typename Use>
  auto VerifiedByPin(const Use& use);
  template <typename Use>
  auto WithPin(const Use& use);
  void AskForPin();
  void ConfirmLastTry();
  void SetFirstPin();
  Error WithRemedy(const Error& error) const;

  Authenticator& authenticator_;
  Prompt& prompt_;
  std::ostream& err_;
  const std::chrono::seconds timeout_;
  const std::string command_;
  Deadline deadline_;
  bool is_open_ = false;
  bool sensor_failed_ = false;
  std::optional<Pin> pin_;
};

}  // namespace vouch
