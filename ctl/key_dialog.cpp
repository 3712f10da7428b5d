#include "key_dialog.h"

#include <algorithm>
#include <ostream>

#include "error.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPinsPerUse = 3;
constexpr int kNewPinsPerUse = 3;
constexpr std::chrono::seconds kNewPinLimit{120};  // to think of a PIN and type it twice

}  // namespace

KeyDialog::KeyDialog(Authenticator& authenticator, Prompt& prompt, std::ostream& err, std::chrono::seconds timeout,
                     std::string command)
    : authenticator_(authenticator), prompt_(prompt), err_(err), timeout_(timeout), command_(std::move(command)) {}

void KeyDialog::Restart() { deadline_ = Clock::now() + timeout_; }

void KeyDialog::Open(const KeyWish& wish, std::optional<std::chrono::seconds> find_limit) {
  is_open_ = false;
  sensor_failed_ = false;
  pin_.reset();
  Restart();
  const Deadline find_until = find_limit ? std::min(deadline_, Clock::now() + *find_limit) : deadline_;
  try {
    authenticator_.Open(
        wish, find_until,
        {[this] { err_ << "Insert your security key…" << std::endl; },
         [this] { err_ << "Several security keys are plugged in: touch the one to be used…" << std::endl; }});
  } catch (const Error& error) {
    throw WithRemedy(error);
  }
  is_open_ = true;
}

template <typename Use>
auto KeyDialog::WithPin(const Use& use) {
  if (!pin_) AskForPin();
  err_ << "Touch your security key…" << std::endl;
  return use(&*pin_);
}

template <typename Use>
auto KeyDialog::VerifiedByPin(const Use& use) {
  if (!authenticator_.HasPin()) SetFirstPin();
  for (int asked = 1;; ++asked) {
    try {
      return WithPin(use);
    } catch (const Error& error) {
      if (error.reason() == REASON_PIN_WRONG) pin_.reset();
      if (error.reason() != REASON_PIN_WRONG || !prompt_.IsTerminal() || asked == kPinsPerUse) throw;
      err_ << ErrorLine(WithRemedy(error)) << std::endl;
    }
  }
}

template <typename Use>
auto KeyDialog::Verified(const Use& use) {
  try {
    if (sensor_failed_ || !authenticator_.HasSensor()) return VerifiedByPin(use);
    try {
      err_ << "Touch the sensor of your security key…" << std::endl;
      return use(nullptr);
    } catch (const Error& error) {
      const bool is_sensor = error.reason() == REASON_PIN_WRONG || error.reason() == REASON_PIN_BLOCKED;
      if (!is_sensor || !authenticator_.HasPin()) throw;
      sensor_failed_ = true;
      err_ << Printable(error.what()) << "; use the PIN instead" << std::endl;
    }
    return VerifiedByPin(use);
  } catch (const Error& error) {
    throw WithRemedy(error);
  }
}

Assertion KeyDialog::GetAssertion(const std::string& rp_id, const std::string& client_data_json) {
  return Verified([&](const Pin* pin) { return authenticator_.GetAssertion(rp_id, client_data_json, pin, deadline_); });
}

NewCredential KeyDialog::MakeCredential(const CredentialRequest& request) {
  return Verified([&](const Pin* pin) { return authenticator_.MakeCredential(request, pin, deadline_); });
}

void KeyDialog::AskForPin() {
  ConfirmLastTry();
  Pin pin = prompt_.AskPin("PIN of the security key: ", deadline_);
  if (!pin.IsPlausible()) throw Error(REASON_PIN_WRONG, "a PIN has 4 to 63 characters", "no try was used up");
  pin_ = std::move(pin);
}

void KeyDialog::ConfirmLastTry() {
  if (authenticator_.PinTries() != 1) return;
  const std::string warning = "one PIN try is left before the security key locks for good";
  if (!prompt_.IsTerminal()) throw Error(REASON_SECURITY_KEY, warning, "run " + command_ + " in a terminal to use it");
  if (!prompt_.AskYes("Only " + warning + ". Use it? (yes/no) ", deadline_)) throw Error(REASON_CANCELLED, "cancelled");
}

void KeyDialog::SetFirstPin() {
  const Error missing(REASON_PIN_NOT_SET, "the security key has no PIN",
                      "run " + command_ + " in a terminal to set one");
  if (!prompt_.IsTerminal()) throw missing;
  const Deadline deadline = Clock::now() + kNewPinLimit;
  if (!prompt_.AskYes("The security key has no PIN yet, and needs one. Set it now? (yes/no) ", deadline)) throw missing;
  for (int asked = 1;; ++asked) {
    try {
      Pin pin = prompt_.AskPin("New PIN (8 to 63 characters): ", deadline);
      if (!pin.IsGoodNewPin()) throw Error(REASON_PIN_WRONG, "a new PIN has 8 to 63 characters");
      if (!prompt_.AskPin("The same again: ", deadline).Equals(pin))
        throw Error(REASON_PIN_WRONG, "the two PINs differ", "nothing was set");
      authenticator_.SetPin(pin);
      pin_ = std::move(pin);
      break;
    } catch (const Error& error) {
      if (error.reason() != REASON_PIN_WRONG || asked == kNewPinsPerUse) throw;
      err_ << ErrorLine(error) << std::endl;
    }
  }
  err_ << "The PIN is set." << std::endl;
  Restart();
}

// The authenticator does not know which command it works for.
Error KeyDialog::WithRemedy(const Error& error) const {
  if (!error.remedy().empty()) return error;
  if (error.reason() == REASON_PIN_WRONG) return Error(error.reason(), error.what(), "try again: " + command_);
  if (error.reason() == REASON_TOUCH_TIMEOUT) return Error(error.reason(), error.what(), "run " + command_ + " again");
  return error;
}

}  // namespace vouch
