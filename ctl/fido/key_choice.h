// One of several security keys: the one that fits, else the one that is touched. Used by the libfido2 adapter.
#pragma once

#include <vector>

#include "fido/authenticator.h"
#include "fido/key_bus.h"

namespace vouch {

// Takes one out of `keys` (not empty); the others are closed and do not blink any more. No PIN is sent to any. The
// reasons are those of Authenticator::Open.
OpenKey ChooseKey(std::vector<OpenKey> keys, const KeyWish& wish, Deadline deadline, const Interrupt& interrupt,
                  const std::function<void()>& on_several);

}  // namespace vouch
