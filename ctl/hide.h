// While a PIN or a credential is in this process, nobody looks into it.
#pragma once

namespace vouch {

// No core, and no ptrace or /proc/PID/mem for other programs of the same user (Linux; root may still do all of it). Until then
// vouchd can see which program asks it. What exec starts can be looked into again.
void HideMemory();

}  // namespace vouch
