#include "fido/key_report.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fido/key_bus.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSilent = "it does not answer; another program may use it";
constexpr const char* kForbidden = "this user may not open it";

// 16 bytes in the form of RFC 9562.
std::string FormatAaguid(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  }
  return text;
}

// CTAP 2.1, 6.4: authenticatorGetInfo.
void ReadInfo(fido_dev_t* device, KeyReport& report) {
  const UniqueCborInfo info(fido_cbor_info_new());
  if (!info || fido_dev_get_cbor_info(device, info.get()) != FIDO_OK) {
    report.problem = kSilent;
    return;
  }
  report.aaguid = FormatAaguid(fido_cbor_info_aaguid_ptr(info.get()), fido_cbor_info_aaguid_len(info.get()));
  report.firmware = fido_cbor_info_fwversion(info.get());
}

void ReadPinState(fido_dev_t* device, KeyReport& report) {
  report.supports_pin = fido_dev_supports_pin(device);
  report.has_pin = fido_dev_has_pin(device);
  report.has_sensor = fido_dev_has_uv(device);
  int tries = 0;
  if (report.has_pin && fido_dev_get_retry_count(device, &tries) == FIDO_OK) report.pin_tries = tries;
}

KeyReport ReportOf(const OpenKey& key) {
  KeyReport report;
  report.path = key.path;
  report.product = key.product;
  report.is_fido2 = fido_dev_is_fido2(key.device.get());
  if (!report.is_fido2) return report;
  ReadInfo(key.device.get(), report);
  if (report.problem.empty()) ReadPinState(key.device.get(), report);
  return report;
}

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Its first item is the usage page of FIDO, 0xf1d0 (CTAP 2.1, 11.2.8.2; HID 1.11, 6.2.2.7).
bool IsFido(const std::string& report_descriptor) { return report_descriptor.starts_with("\x06\xd0\xf1"); }

std::string NameIn(const std::string& uevent) {
  constexpr std::string_view kName = "HID_NAME=";
  const std::size_t begin = uevent.find(kName);
  if (begin == std::string::npos) return "";
  return uevent.substr(begin + kName.size(), uevent.find('\n', begin) - begin - kName.size());
}

bool MayUse(const std::string& path) { return access(path.c_str(), R_OK | W_OK) == 0; }

}  // namespace

std::vector<KeyReport> ForbiddenKeys(const std::string& hidraw_folder, const std::string& device_folder,
                                     const std::function<bool(const std::string& path)>& may_use) {
  std::vector<KeyReport> keys;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(hidraw_folder, none)) {
    const std::string path = (fs::path(device_folder) / entry.path().filename()).string();
    if (!IsFido(Content(entry.path() / "device/report_descriptor")) || access(path.c_str(), F_OK) != 0 || may_use(path))
      continue;
    KeyReport report;
    report.path = path;
    report.product = NameIn(Content(entry.path() / "device/uevent"));
    report.problem = kForbidden;
    report.may_not_open = true;
    keys.push_back(report);
  }
  return keys;
}

std::vector<KeyReport> ReportKeys(const char* device) {
  fido_init(FIDO_DISABLE_U2F_FALLBACK);  // a key that is busy must not look like an old one (state of this thread)
  const std::vector<std::string> sockets = KeySockets(device);
  std::vector<OpenKey> keys;
  const std::size_t plugged = KeyBus(sockets).Update(keys);
  std::vector<KeyReport> reports;
  std::transform(keys.begin(), keys.end(), std::back_inserter(reports), ReportOf);
  for (std::size_t i = keys.size(); i < plugged; ++i) {
    KeyReport silent;
    silent.problem = kSilent;
    reports.push_back(silent);
  }
  if (sockets.empty())  // libfido2 does not list what it may not open
    for (KeyReport& forbidden : ForbiddenKeys("/sys/class/hidraw", "/dev", MayUse))
      reports.push_back(std::move(forbidden));
  return reports;
}

}  // namespace vouch
