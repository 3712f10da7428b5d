// The edge to the security key, one of the four interfaces of the project: what login and registration need from a
// FIDO2 device. Implemented with libfido2 (authenticator_fido2.h); the commands know only this.
#pragma once

#include <functional>
#include <string>
#include <vector>

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

// What a security key makes a credential from (WebAuthn Level 2, 5.4).
struct CredentialRequest {
  std::string rp_id, rp_name;
  std::string user_id;  // raw bytes
  std::string user_name;
  std::vector<int> algorithms;        // COSE, wanted first
  std::vector<std::string> excluded;  // credential ids; a key that holds one is refused
  std::string client_data_json;
};

struct NewCredential {
  std::string credential_id;
  std::string public_key;          // DER SubjectPublicKeyInfo
  std::string attestation_object;  // CBOR {fmt, attStmt, authData} (WebAuthn Level 2, 6.5.4)
};

// Which key is meant when several are plugged in.
struct KeyWish {
  std::string rp_id{};
  bool is_for_new_credential = false;   // else one that holds a credential of `rp_id`
  std::vector<std::string> excluded{};  // for a new credential: not a key that holds one of these
};

// What Open tells the person while it waits. Each is called at most once.
struct KeyWaiting {
  std::function<void()> on_none;     // no key is plugged in yet
  std::function<void()> on_several;  // the touch decides between those that blink
};

// One key, used from one thread. Every call may throw REASON_CANCELLED (the interrupt) and REASON_SECURITY_KEY (any
// other failure of the device, its removal among them). Errors that only need another try come without a remedy.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Waits until a key is there and answers. Of several the one that fits `wish` is taken; when that is not clear, the
  // one that is touched. A key that was open before is closed. Throws REASON_NO_SECURITY_KEY when there is none until
  // the deadline, REASON_TOUCH_TIMEOUT when none is chosen, REASON_NO_CREDENTIAL or REASON_KEY_EXISTS when none of
  // several fits, REASON_PIN_NOT_SET for a key that cannot verify its user at all.
  virtual void Open(const KeyWish& wish, Deadline deadline, const KeyWaiting& waiting) = 0;

  // Of the opened key: what it is called by its maker (may be empty); whether it recognises its user itself, by a
  // fingerprint for example; whether it has a PIN, or could have one.
  virtual std::string Product() = 0;
  virtual bool HasSensor() = 0;
  virtual bool HasPin() = 0;
  virtual bool SupportsPin() = 0;

  // How many wrong PINs the opened key takes before it locks for good, at least 1. REASON_PIN_BLOCKED when it has.
  virtual int PinTries() = 0;

  // Gives the opened key its first PIN. REASON_PIN_WRONG when the key wants another one, longer for example.
  virtual void SetPin(const Pin& pin) = 0;

  // Signs with the discoverable credential of `rp_id`, the user present by a touch and verified by `pin`, or by the
  // key's own sensor when it is null. Throws REASON_NO_CREDENTIAL, REASON_PIN_WRONG (without a PIN: the sensor did not
  // recognise anybody), REASON_PIN_BLOCKED (or the sensor) and, at the deadline, REASON_TOUCH_TIMEOUT. In every case
  // the key has stopped waiting for a touch when this returns.
  virtual Assertion GetAssertion(const std::string& rp_id, const std::string& client_data_json, const Pin* pin,
                                 Deadline deadline) = 0;

  // Makes a discoverable credential, user verified and present as above, with the first of the algorithms that the key
  // knows. The attestation has been verified. Throws as GetAssertion does, and REASON_KEY_EXISTS.
  virtual NewCredential MakeCredential(const CredentialRequest& request, const Pin* pin, Deadline deadline) = 0;
};

}  // namespace vouch
