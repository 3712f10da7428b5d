// The Authenticator on libfido2: keys on USB, or behind Unix sockets. Made by main.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fido/authenticator.h"

namespace vouch {

class KeyBus;
struct OpenKey;

class Fido2Authenticator : public Authenticator {
 public:
  // `sockets` empty: the keys on USB. `interrupt` must outlive it.
  Fido2Authenticator(std::vector<std::string> sockets, const Interrupt& interrupt);
  ~Fido2Authenticator() override;

  void Open(const KeyWish& wish, Deadline deadline, const KeyWaiting& waiting) override;
  std::string Product() override;
  bool HasSensor() override;
  bool HasPin() override;
  bool SupportsPin() override;
  int PinTries() override;
  void SetPin(const Pin& pin) override;
  Assertion GetAssertion(const std::string& rp_id, const std::string& client_data_json, const Pin* pin,
                         Deadline deadline) override;
  NewCredential MakeCredential(const CredentialRequest& request, const Pin* pin, Deadline deadline) override;

 private:
  std::vector<OpenKey> WaitForKeys(Deadline deadline, const std::function<void()>& on_none) const;
  std::vector<int> Algorithms(const std::vector<int>& wanted) const;
  int TryMakeCredential(const CredentialRequest& request, int algorithm, const Pin* pin, Deadline deadline,
                        NewCredential& result);
  template <typename Call>
  int WithTouch(Deadline deadline, const char* what, const Call& call);
  [[noreturn]] void Fail(int code, const char* what, const Pin* pin);

  const std::unique_ptr<KeyBus> bus_;
  const Interrupt& interrupt_;
  std::unique_ptr<OpenKey> key_;
};

// `device` is the value of VOUCH_FIDO_DEVICE: null or empty for USB, or "unix:<absolute path>", several with commas
// between. REASON_CONFIGURATION for anything else.
std::unique_ptr<Authenticator> MakeAuthenticator(const char* device, const Interrupt& interrupt);

}  // namespace vouch
