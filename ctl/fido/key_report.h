// What a security key tells about itself without a touch and without its PIN. Used by doctor.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vouch {

struct KeyReport {
  std::string path;           // /dev/hidraw3, or that of a socket
  std::string product;        // as its maker calls it; may be empty
  std::string problem;        // why nothing more is known: it may not be opened, does not answer; else empty
  bool may_not_open = false;  // the problem is that the system does not let us use the device
  bool is_fido2 = false;
  std::string aaguid;          // "2fc0579f-8113-47ea-b116-bb5a8db9202a"; empty: it tells none
  std::uint64_t firmware = 0;  // 0: it tells none. A number of its maker's; Yubico's is 0x050403 for 5.4.3
  bool supports_pin = false;
  bool has_pin = false;
  bool has_sensor = false;       // a fingerprint reader that is set up
  std::optional<int> pin_tries;  // that are left before it locks for good; absent: it has no PIN, or does not tell
};

// `device` is the value of VOUCH_FIDO_DEVICE (see MakeAuthenticator). Takes at most some seconds. Throws
// REASON_CONFIGURATION for a device that is not understood, REASON_SECURITY_KEY when USB cannot be looked at.
std::vector<KeyReport> ReportKeys(const char* device);

// Of ReportKeys: the keys among the HID devices of `hidraw_folder` (Linux: /sys/class/hidraw) whose file in
// `device_folder` is there and may not be used, as `may_use` says.
std::vector<KeyReport> ForbiddenKeys(const std::string& hidraw_folder, const std::string& device_folder,
                                     const std::function<bool(const std::string& path)>& may_use);

}  // namespace vouch
