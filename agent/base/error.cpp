#include "base/error.h"

namespace vouch {

bool IsTransient(Reason reason) {
  return reason == REASON_UNREACHABLE || reason == REASON_UPSTREAM || reason == REASON_BAD_ANSWER ||
         reason == REASON_RATE_LIMITED;
}

bool IsRefusal(Reason reason) {
  switch (reason) {
    case REASON_NOT_LOGGED_IN:
    case REASON_SESSION_EXPIRED:
    case REASON_SESSION_REVOKED:
    case REASON_LOGIN_REFUSED:
    case REASON_CLIENT_UNKNOWN:
    case REASON_DENIED:
    case REASON_STEP_UP_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace vouch
