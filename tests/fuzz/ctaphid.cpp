// A hostile security key: whatever it answers to libfido2 and to us, the PIN does not leave in the clear, and what vouchctl takes from
// it is whole. The first letter chooses: a sign with a PIN, s sign without one, m make a credential, p set a PIN, r look at the key
// for doctor; the second byte is what the key says that it can do; then its script (hostile_key.h).
#include <chrono>

#include "error.h"
#include "fido/auth_data.h"
#include "fido/authenticator_fido2.h"
#include "fido/client_data.h"
#include "fido/key_report.h"
#include "fuzz.h"
#include "hostile_key.h"

namespace {

using namespace vouch;
using fuzz::Promise;

constexpr std::string_view kPin = "246810-canary";
const std::string kClientData = ClientDataJson("0123456789abcdef0123456789abcdef", "vouch.test");

Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(1); }

Pin MakePin() {
  Pin pin;
  for (const char c : kPin) pin.Append(c);
  return pin;
}

void Sign(Authenticator& key, const Pin* pin) {
  const Assertion assertion = key.GetAssertion("vouch.test", kClientData, pin, Soon());
  Promise(IsUserPresentAndVerified(assertion.authenticator_data), "a signature is made with touch and PIN");
  Promise(assertion.user_handle.size() == 16, "a credential names a Vouch user");
}

void Make(Authenticator& key, const Pin* pin) {
  const CredentialRequest request{"vouch.test", "Vouch", std::string(16, 'u'), "alice", {-7, -8, -257}, {"excluded"}, kClientData};
  const NewCredential made = key.MakeCredential(request, pin, Soon());
  Promise(!made.public_key.empty() && made.public_key.front() == '\x30', "a new credential has a public key");
  Promise(!made.attestation_object.empty(), "a new credential has an attestation");
}

void Use(char choice, Authenticator& key) {
  const Pin pin = MakePin();
  key.Open({.rp_id = "vouch.test"}, std::chrono::steady_clock::now(), {[] {}, [] {}});
  key.Product();
  key.HasSensor();
  if (choice == 'a' && key.HasPin()) key.PinTries();
  if (choice == 'a') Sign(key, &pin);
  if (choice == 's') Sign(key, nullptr);
  if (choice == 'm') Make(key, &pin);
  if (choice == 'p') key.SetPin(pin);
}

}  // namespace

// libcbor asks malloc for a list as long as the key announces it, and takes a no for an answer.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1:max_allocation_size_mb=64"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::HostileKey key;
  static const Interrupt interrupt;
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  const char capabilities = fuzz::TakeChoice(text);
  key.Play(static_cast<unsigned char>(capabilities), text);
  try {
    if (choice == 'r') {
      ReportKeys(("unix:" + key.path()).c_str());
    } else {
      Fido2Authenticator authenticator({key.path()}, interrupt);
      Use(choice, authenticator);
    }
  } catch (const Error& error) {
    Promise(error.reason() != REASON_UNSPECIFIED && error.what()[0] != '\0', "an error says why");
  }
  Promise(key.heard().find(kPin) == std::string::npos, "no key hears a PIN in the clear");
  return 0;
}
