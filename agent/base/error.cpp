#include "base/error.h"

namespace vouch {

bool IsTransient(Reason reason) {
  return reason == REASON_UNREACHABLE || reason == REASON_UPSTREAM || reason == REASON_BAD_ANSWER ||
         reason == REASON_RATE_LIMITED;
}

}  // namespace vouch
