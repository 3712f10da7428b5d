// The Authenticator on libfido2: the key on USB, or one behind a Unix socket. Made by the login command.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fido/authenticator.h"

struct fido_dev;

namespace vouch {

class Fido2Authenticator : public Authenticator {
 public:
  // `socket_path` empty: the one key on USB. `interrupt` must outlive it.
  Fido2Authenticator(std::string socket_path, const Interrupt& interrupt);
  ~Fido2Authenticator() override;

  void Open(Deadline deadline, const std::function<void()>& on_waiting) override;
  int PinTries() override;
  Assertion GetAssertion(const std::string& rp_id, const std::string& client_data_json, const Pin& pin,
                         Deadline deadline) override;

 private:
  struct CloseDevice {
    void operator()(fido_dev* device) const;
  };

  std::optional<std::string> FindDevice() const;
  bool TryOpen(const std::string& path);

  const std::string socket_path_;
  const Interrupt& interrupt_;
  std::unique_ptr<fido_dev, CloseDevice> device_;
};

// `device` is the value of VOUCH_FIDO_DEVICE: null or empty for USB, or "unix:<absolute path>". REASON_CONFIGURATION
// for anything else.
std::unique_ptr<Authenticator> MakeAuthenticator(const char* device, const Interrupt& interrupt);

}  // namespace vouch
