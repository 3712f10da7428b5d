// One answer that cannot be read fails nobody. Used by aws and kubernetes.
#pragma once

#include "base/error.h"

namespace vouch {

// `ask` gets an ID token from the Vouch server, which makes another one at every request: so it may be asked again at once
// after an answer that was cut or is not what the protocol says (REASON_BAD_ANSWER); the transport itself repeats only 429, 5xx
// and lost connections. Throws what `ask` throws, the second time at the latest.
template <typename Ask>
auto AskTwice(const Ask& ask) {
  try {
    return ask();
  } catch (const Error& error) {
    if (error.reason() != REASON_BAD_ANSWER) throw;
  }
  return ask();
}

}  // namespace vouch
