// The security keys that are plugged in. Neither a touch nor a PIN is asked for.
#include <algorithm>

#include "doctor/checks.h"

namespace vouch {
namespace {

constexpr int kFewTries = 3;
constexpr const char* kYubicoName = "Yubi";

// Yubico puts a version into three bytes; what others mean by their number is theirs to know.
std::string FirmwareText(const KeyReport& key) {
  if (key.firmware == 0) return "";
  const std::uint64_t number = key.firmware;
  if (key.product.find(kYubicoName) == std::string::npos || number > 0xffffff)
    return "firmware " + std::to_string(number);
  return "firmware " + std::to_string(number >> 16) + "." + std::to_string((number >> 8) & 0xff) + "." +
         std::to_string(number & 0xff);
}

std::string NameOf(const KeyReport& key) { return key.product.empty() ? "security key" : key.product; }

std::string About(const KeyReport& key) {
  std::string about;
  for (const std::string& part : {FirmwareText(key), key.aaguid.empty() ? "" : "AAGUID " + key.aaguid})
    if (!part.empty()) about += (about.empty() ? "" : ", ") + part;
  return about.empty() ? "" : " (" + about + ")";
}

Finding Forbidden(const KeyReport& key) {
  return {"key.permission",
          key.path,
          Verdict::kFailed,
          NameOf(key) + " is plugged in, and this user may not use it: " + key.path,
          "login says that there is no security key",
          "install udev's rules for security keys: sudo apt install libfido2-1, then unplug it and plug it in again\n"
          "without a local session (ssh): sudo usermod -aG plugdev \"$USER\", and log in to the machine again"};
}

void CheckPin(const KeyReport& key, std::vector<Finding>& findings) {
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"key.pin", key.path, verdict, what, why, remedy});
  };
  if (!key.supports_pin && !key.has_sensor)
    return add(Verdict::kFailed, NameOf(key) + " supports neither a PIN nor a fingerprint",
               "a Vouch login needs one of the two", "use another security key");
  if (!key.has_pin && !key.has_sensor)
    return add(Verdict::kFailed, NameOf(key) + " has no PIN yet", "a Vouch login needs one",
               "run: vouchctl login, which lets you set one");
  if (!key.pin_tries) return;
  const int tries = *key.pin_tries;
  if (tries <= 0)
    return add(
        Verdict::kFailed, "the PIN of " + NameOf(key) + " is blocked",
        "too many wrong PINs: it cannot be used before a reset, which erases it",
        "use your other key; or reset this one with its maker's program and register it again: vouchctl register");
  if (tries <= kFewTries)
    return add(Verdict::kWarning,
               NameOf(key) + " takes " + std::to_string(tries) + (tries == 1 ? " more wrong PIN" : " more wrong PINs"),
               "after them it locks for good",
               "look the PIN up before you type it again; the right one resets the count");
  add(Verdict::kOk, "the PIN is set and not blocked (" + std::to_string(tries) + " tries)", "", "");
}

void CheckKey(const KeyReport& key, std::vector<Finding>& findings) {
  if (key.may_not_open) return findings.push_back(Forbidden(key));
  if (!key.problem.empty())
    return findings.push_back({"key.present", key.path, Verdict::kWarning, NameOf(key) + ": " + key.problem,
                               "a login cannot use it now",
                               "close other programs that use it, or unplug it and plug it in again"});
  if (!key.is_fido2)
    return findings.push_back({"key.present", key.path, Verdict::kFailed, NameOf(key) + " knows only U2F",
                               "a Vouch login needs FIDO2", "use a security key with FIDO2"});
  findings.push_back({"key.present", key.path, Verdict::kOk, NameOf(key) + About(key), "", ""});
  CheckPin(key, findings);
}

bool IsUsable(const KeyReport& key) {
  const bool has_verification = key.has_sensor || (key.supports_pin && key.has_pin);
  return !key.may_not_open && key.problem.empty() && key.is_fido2 && has_verification && key.pin_tries.value_or(1) > 0;
}

}  // namespace

void CheckKeys(const DoctorWorld& world, std::vector<Finding>& findings) {
  world.progress("looking for security keys");
  const std::vector<KeyReport> keys = world.keys();
  for (const KeyReport& key : keys) CheckKey(key, findings);
  if (std::any_of(keys.begin(), keys.end(), IsUsable))  // a login takes that one
    for (Finding& finding : findings)
      if (finding.verdict == Verdict::kFailed) finding.verdict = Verdict::kInfo;
  if (!keys.empty()) return;
  const bool is_logged_in = world.status && world.status->has_session();
  findings.push_back({"key.present", "", is_logged_in ? Verdict::kInfo : Verdict::kWarning,
                      "no security key is plugged in",
                      is_logged_in ? "none is needed before the next login" : "a login needs one",
                      is_logged_in ? "" : "plug it in; if it is, another machine or a virtual one may have it"});
}

}  // namespace vouch
