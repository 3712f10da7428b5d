#include "fido/fido_error.h"

#include <fido.h>

namespace vouch {

Error FidoError(int code, const std::string& what) {
  switch (code) {
    case FIDO_ERR_NO_CREDENTIALS:
      return Error(REASON_NO_CREDENTIAL, "the security key holds no credential for this server",
                   "register it first: vouchctl register, or vouchctl enroll for a new account");
    case FIDO_ERR_CREDENTIAL_EXCLUDED:
      return Error(REASON_KEY_EXISTS, "this security key is registered with your account already",
                   "plug in another one, or log in with this one: vouchctl login");
    case FIDO_ERR_PIN_INVALID:
      return Error(REASON_PIN_WRONG, "wrong PIN");
    case FIDO_ERR_PIN_BLOCKED:
      return Error(REASON_PIN_BLOCKED, "the PIN is blocked for good after too many wrong ones",
                   "reset the key, which erases its credentials, and register it again");
    case FIDO_ERR_PIN_AUTH_BLOCKED:
      return Error(REASON_PIN_BLOCKED, "too many wrong PINs in a row", "unplug the key, plug it in and try again");
    case FIDO_ERR_PIN_NOT_SET:
      return Error(REASON_PIN_NOT_SET, "the security key has no PIN", "run vouchctl login in a terminal to set one");
    case FIDO_ERR_PIN_POLICY_VIOLATION:
      return Error(REASON_PIN_WRONG, "the security key does not accept this PIN", "choose a longer one");
    case FIDO_ERR_UV_INVALID:
      return Error(REASON_PIN_WRONG, "the sensor of the security key did not recognise you");
    case FIDO_ERR_UV_BLOCKED:
      return Error(REASON_PIN_BLOCKED, "the sensor of the security key is blocked after too many failures",
                   "use the PIN");
    case FIDO_ERR_PIN_AUTH_INVALID:
      return Error(REASON_SECURITY_KEY, "the security key did not accept the proof of the PIN", "try again");
    case FIDO_ERR_PIN_TOKEN_EXPIRED:
      return Error(REASON_SECURITY_KEY, "the PIN was given too long ago", "try again");
    case FIDO_ERR_PIN_REQUIRED:
      return Error(REASON_SECURITY_KEY, "the security key wants a PIN");
    case FIDO_ERR_USER_ACTION_TIMEOUT:
    case FIDO_ERR_ACTION_TIMEOUT:
      return Error(REASON_TOUCH_TIMEOUT, "nobody touched the security key in time");
    case FIDO_ERR_KEY_STORE_FULL:
      return Error(REASON_SECURITY_KEY, "the security key has no room for another credential",
                   "remove one from it, or use another key");
    case FIDO_ERR_UNSUPPORTED_ALGORITHM:
      return Error(REASON_SECURITY_KEY, "the security key knows no algorithm that the server takes", "use another key");
    case FIDO_ERR_OPERATION_DENIED:
      return Error(REASON_SECURITY_KEY, "the request was refused on the security key");
    case FIDO_ERR_CHANNEL_BUSY:
      return Error(REASON_SECURITY_KEY, "another program is using the security key", "close it or unplug the key");
    case FIDO_ERR_TX:
    case FIDO_ERR_RX:
      return Error(REASON_SECURITY_KEY, "lost the connection to the security key", "plug it in again and retry");
    default:
      return Error(REASON_SECURITY_KEY, "the security key could not " + what + ": " + fido_strerr(code));
  }
}

}  // namespace vouch
