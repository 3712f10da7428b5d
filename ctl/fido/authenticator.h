// The edge to the security key, one of the four interfaces of the project: what the login needs from a FIDO2 device.
// Implemented with libfido2 (authenticator_fido2.h); the login knows only this.
#pragma once

#include <functional>
#include <string>

#include "interrupt.h"
#include "pin.h"

namespace vouch {

// What a security key answers; all members are raw bytes (WebAuthn Level 2, 5.2.2).
struct Assertion {
  std::string credential_id;
  std::string authenticator_data;  // not wrapped in CBOR
  std::string signature;           // ASN.1 DER for ES256
  std::string user_handle;         // 16 bytes
};

// One key, used from one thread. Every call may throw REASON_CANCELLED (the interrupt) and REASON_SECURITY_KEY (any
// other failure of the device).
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Waits until a key is there and answers; `on_waiting` is called once if there is none at first. A key without PIN
  // support or without a PIN throws REASON_PIN_NOT_SET, none until the deadline REASON_NO_SECURITY_KEY.
  virtual void Open(Deadline deadline, const std::function<void()>& on_waiting) = 0;

  // How many wrong PINs the opened key takes before it locks for good, at least 1. REASON_PIN_BLOCKED when it has.
  virtual int PinTries() = 0;

  // Signs with the discoverable credential of `rp_id`, user verified by `pin` and present by a touch. Throws
  // REASON_NO_CREDENTIAL, REASON_PIN_WRONG, REASON_PIN_BLOCKED and, at the deadline, REASON_TOUCH_TIMEOUT. In every
  // case the key has stopped waiting for a touch when this returns.
  virtual Assertion GetAssertion(const std::string& rp_id, const std::string& client_data_json, const Pin& pin,
                                 Deadline deadline) = 0;
};

}  // namespace vouch
