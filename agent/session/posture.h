// Device posture: what a login tells the server about this machine (RFC 9396; protocol reference 3.6). Only what was really
// read is told; what could not be read is left out. Used by the login and by `vouchctl posture`, which shows the same text.
#pragma once

#include <cstdint>
#include <string>

namespace vouch {

// The JSON array for `authorization_details`. Reads a few small files below `root` ("" on a real machine): os-release,
// /proc/uptime, /proc/self/mountinfo, and in /sys the root file system's device, Secure Boot, TPM and SELinux. Starts no
// program, needs no privilege. `now` is Unix seconds.
//   os, os_version, os_distribution, os_build (kernel release), arch, uptime_secs, elevated, cli_version, collected_at
//   disk_encryption_enabled and _technology   when all that lies below "/" is dm-crypt
//   secure_boot_enabled                       from the EFI variable
//   tpm_present, tpm_version                  when a TPM is there
//   access_control_enforcing and _technology  from SELinux
std::string MeasurePosture(const std::string& root, std::int64_t now);

}  // namespace vouch
