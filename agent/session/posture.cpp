#include "session/posture.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/time_format.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kDeepestStack = 8;  // device mapper on device mapper; a loop must not hold us

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::optional<std::string> ReadStart(const fs::path& path) {
  constexpr std::size_t kMost = 64 * 1024;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kMost, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string FirstWord(const std::optional<std::string>& text) {
  std::string word;
  std::istringstream(text.value_or("")) >> word;
  return word;
}

// The value of NAME= in os-release(5), without quotes.
std::string OsRelease(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "=")) continue;
    std::string value = line.substr(name.size() + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return "";
}

// "major:minor" of the device that "/" is mounted from (proc(5): the third field of a line whose fifth is "/").
std::string RootDevice(const std::string& mountinfo) {
  std::istringstream lines(mountinfo);
  std::string device;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, numbers, from, onto;
    if (fields >> id >> parent >> numbers >> from >> onto && onto == "/") device = numbers;  // the last one lies on top
  }
  return device;
}

// dm-verity and dm-integrity have uuids that begin with CRYPT- too, and encrypt nothing.
bool IsCrypt(const std::string& uuid) {
  constexpr std::array kKinds = {"CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-PLAIN-", "CRYPT-TCRYPT-", "CRYPT-BITLK-", "CRYPT-FVAULT2-"};
  return std::any_of(kKinds.begin(), kKinds.end(), [&](const char* kind) { return uuid.starts_with(kind); });
}

// Whether this is a dm-crypt device, or everything below it lies on one.
bool IsEncrypted(const fs::path& device, int depth = 0) {
  if (depth > kDeepestStack) return false;
  if (IsCrypt(ReadStart(device / "dm/uuid").value_or(""))) return true;
  std::error_code gone;
  bool any = false;
  for (fs::directory_iterator slave(device / "slaves", gone), end; !gone && slave != end; slave.increment(gone)) {
    if (!IsEncrypted(slave->path(), depth + 1)) return false;
    any = true;
  }
  return any && !gone;
}

void AddSystem(const fs::path& root, ordered_json& posture) {
  utsname system{};
  if (uname(&system) == 0) {
    posture["os"] = std::string_view(system.sysname) == "Darwin" ? "macos" : Lower(system.sysname);
    posture["os_build"] = Lower(system.release);
    posture["arch"] = Lower(system.machine);
  }
  auto release = ReadStart(root / "etc/os-release");
  if (!release) release = ReadStart(root / "usr/lib/os-release");
  if (!release) return;
  if (std::string id = OsRelease(*release, "ID"); !id.empty()) posture["os_distribution"] = Lower(id);
  if (std::string version = OsRelease(*release, "VERSION_ID"); !version.empty()) posture["os_version"] = version;
}

void AddDisk(const fs::path& root, ordered_json& posture) {
  const std::string device = RootDevice(ReadStart(root / "proc/self/mountinfo").value_or(""));
  if (device.empty() || !IsEncrypted(root / "sys/dev/block" / device)) return;
  posture["disk_encryption_enabled"] = true;
  posture["disk_encryption_technology"] = "dm-crypt";
}

void AddFirmware(const fs::path& root, ordered_json& posture) {
  // 4 bytes of attributes, then the value (UEFI 2.10, 3.3).
  auto variable = ReadStart(root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  if (variable && variable->size() == 5 && (variable->back() == 0 || variable->back() == 1))
    posture["secure_boot_enabled"] = variable->back() == 1;
  std::error_code none;
  if (!fs::exists(root / "sys/class/tpm/tpm0", none)) return;
  posture["tpm_present"] = true;
  const std::string major = FirstWord(ReadStart(root / "sys/class/tpm/tpm0/tpm_version_major"));
  if (major == "2") posture["tpm_version"] = "2.0";
  if (major == "1") posture["tpm_version"] = "1.2";
}

void AddAccessControl(const fs::path& root, ordered_json& posture) {
  const std::string enforce = FirstWord(ReadStart(root / "sys/fs/selinux/enforce"));
  if (enforce != "0" && enforce != "1") return;
  posture["access_control_enforcing"] = enforce == "1";
  posture["access_control_technology"] = "selinux";
}

}  // namespace

std::string MeasurePosture(const std::string& root, std::int64_t now) {
  const fs::path base = root + "/";
  ordered_json posture = {{"type", "device_posture"}, {"posture_version", 1}};
  AddSystem(base, posture);
  AddDisk(base, posture);
  AddFirmware(base, posture);
  AddAccessControl(base, posture);
  const std::string uptime = FirstWord(ReadStart(base / "proc/uptime"));
  std::int64_t seconds = 0;
  if (std::from_chars(uptime.data(), uptime.data() + uptime.size(), seconds).ec == std::errc())
    posture["uptime_secs"] = seconds;
  posture["elevated"] = geteuid() == 0;
  posture["cli_version"] = VOUCH_VERSION;
  posture["collected_at"] = FormatRfc3339(now);
  return ordered_json::array({posture}).dump(-1, ' ', /*ensure_ascii=*/false, ordered_json::error_handler_t::replace);
}

}  // namespace vouch
