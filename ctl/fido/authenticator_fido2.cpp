#include "fido/authenticator_fido2.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "fido/assertion.h"
#include "fido/attestation.h"
#include "fido/key_bus.h"
#include "fido/key_choice.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPoll{500};          // looking for a key
constexpr milliseconds kOpenPause{200};     // between attempts at a key that was only just plugged in
constexpr int kOpenAttempts = 10;           // of them
constexpr milliseconds kCancelGrace{2000};  // from our cancel to the key's confirmation
constexpr int kKnownAlgorithms[] = {COSE_ES256, COSE_EDDSA, COSE_RS256};

const char* Reveal(const Pin* pin) { return pin == nullptr ? nullptr : pin->Reveal(); }

// Whether the key is still there, as far as a question that needs no person can tell.
bool Answers(fido_dev_t* device) {
  const UniqueCborInfo info(fido_cbor_info_new());
  return info && fido_dev_get_cbor_info(device, info.get()) == FIDO_OK;
}

// What a key of CTAP 2.0 and of 2.1 says when its sensor did not recognise anybody (CTAP 2.1, 6.1.2 and 6.5.5.7.3).
bool IsSensorFailure(int code) {
  return code == FIDO_ERR_UV_INVALID || code == FIDO_ERR_OPERATION_DENIED || code == FIDO_ERR_PIN_REQUIRED;
}

}  // namespace

Fido2Authenticator::Fido2Authenticator(std::vector<std::string> sockets, const Interrupt& interrupt)
    : bus_(std::make_unique<KeyBus>(std::move(sockets))), interrupt_(interrupt) {
  // A key left busy by another program must not look like a U2F key (state of this thread).
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

Fido2Authenticator::~Fido2Authenticator() = default;

std::vector<OpenKey> Fido2Authenticator::WaitForKeys(Deadline deadline, const std::function<void()>& on_none) const {
  std::vector<OpenKey> keys;
  bool told = false;
  for (int failures = 0;;) {
    const std::size_t plugged = bus_->Update(keys);
    if (plugged != 0 && keys.size() == plugged) return keys;
    failures = plugged == 0 ? 0 : failures + 1;
    const bool is_over = Clock::now() >= deadline;
    if (plugged == 0 && is_over)
      throw Error(REASON_NO_SECURITY_KEY, "no security key was found within the time limit", bus_->RemedyForNone());
    if (failures == kOpenAttempts || (plugged != 0 && is_over)) {
      if (!keys.empty()) return keys;
      throw Error(REASON_SECURITY_KEY, "the security key does not answer",
                  "close other programs that use it, or unplug it and plug it in again");
    }
    if (plugged == 0 && !std::exchange(told, true)) on_none();
    interrupt_.SleepUntil(std::min(deadline, Clock::now() + (plugged == 0 ? kPoll : kOpenPause)));
  }
}

void Fido2Authenticator::Open(const KeyWish& wish, Deadline deadline, const KeyWaiting& waiting) {
  key_.reset();
  std::vector<OpenKey> keys = WaitForKeys(deadline, waiting.on_none);
  OpenKey key = keys.size() == 1 ? std::move(keys.front())
                                 : ChooseKey(std::move(keys), wish, deadline, interrupt_, waiting.on_several);
  if (!fido_dev_is_fido2(key.device.get())) throw Error(REASON_SECURITY_KEY, "the security key does not speak FIDO2");
  if (!fido_dev_supports_pin(key.device.get()) && !fido_dev_has_uv(key.device.get()))
    throw Error(REASON_PIN_NOT_SET, "the security key does not support a PIN");
  key_ = std::make_unique<OpenKey>(std::move(key));
}

std::string Fido2Authenticator::Product() { return key_->product; }
bool Fido2Authenticator::HasSensor() { return fido_dev_has_uv(key_->device.get()); }
bool Fido2Authenticator::HasPin() { return fido_dev_has_pin(key_->device.get()); }
bool Fido2Authenticator::SupportsPin() { return fido_dev_supports_pin(key_->device.get()); }

int Fido2Authenticator::PinTries() {
  int tries = 0;
  const int code = fido_dev_get_retry_count(key_->device.get(), &tries);
  if (code != FIDO_OK) Fail(code, "count the PIN tries", nullptr);
  if (tries <= 0) throw FidoError(FIDO_ERR_PIN_BLOCKED, "count the PIN tries");
  return tries;
}

void Fido2Authenticator::SetPin(const Pin& pin) {
  const int code = fido_dev_set_pin(key_->device.get(), pin.Reveal(), /*oldpin=*/nullptr);
  if (code != FIDO_OK) Fail(code, "set its PIN", nullptr);
}

// The watch ends the call by a cancel, so that the key stops blinking; libfido2's own limit is for a key that is deaf.
template <typename Call>
int Fido2Authenticator::WithTouch(Deadline deadline, const char* what, const Call& call) {
  fido_dev_t* device = key_->device.get();
  fido_dev_set_timeout(device, MillisecondsUntil(deadline + kCancelGrace));
  Watch watch(interrupt_, deadline, [device] { fido_dev_cancel(device); });
  const int code = call(device);
  const Watch::Cause cause = watch.End();
  fido_dev_set_timeout(device, kQuickCommand);

  if (cause == Watch::Cause::kInterrupt) throw Error(REASON_CANCELLED, "cancelled");
  if (code != FIDO_OK && cause == Watch::Cause::kDeadline) throw FidoError(FIDO_ERR_USER_ACTION_TIMEOUT, what);
  return code;
}

void Fido2Authenticator::Fail(int code, const char* what, const Pin* pin) {
  // libfido2 calls it an internal error when the key went away while the two agreed on a secret.
  if (code == FIDO_ERR_INTERNAL && !Answers(key_->device.get())) throw FidoError(FIDO_ERR_RX, what);
  if (pin == nullptr && IsSensorFailure(code)) throw FidoError(FIDO_ERR_UV_INVALID, what);
  if (pin == nullptr || code != FIDO_ERR_PIN_INVALID) throw FidoError(code, what);
  const int tries = PinTries();
  throw Error(REASON_PIN_WRONG, "wrong PIN, " + std::to_string(tries) + (tries == 1 ? " try" : " tries") +
                                    " left before the key locks for good");
}

Assertion Fido2Authenticator::GetAssertion(const std::string& rp_id, const std::string& client_data_json,
                                           const Pin* pin, Deadline deadline) {
  const UniqueAssert request = NewAssertion(rp_id, client_data_json);
  const int code = WithTouch(
      deadline, "sign", [&](fido_dev_t* device) { return fido_dev_get_assert(device, request.get(), Reveal(pin)); });
  if (code != FIDO_OK) Fail(code, "sign", pin);
  return ReadAssertion(request.get());
}

// Those that the key does not know are left out where it tells which it knows (CTAP 2.1, 6.4: getInfo, algorithms).
std::vector<int> Fido2Authenticator::Algorithms(const std::vector<int>& wanted) const {
  const UniqueCborInfo info(fido_cbor_info_new());
  if (!info || fido_dev_get_cbor_info(key_->device.get(), info.get()) != FIDO_OK)
    throw FidoError(FIDO_ERR_RX, "make a credential");
  const auto is_usable = [&](int algorithm) {
    const std::size_t count = fido_cbor_info_algorithm_count(info.get());
    bool is_known = count == 0;
    for (std::size_t i = 0; i < count; ++i)
      is_known = is_known || fido_cbor_info_algorithm_cose(info.get(), i) == algorithm;
    return is_known && std::count(std::begin(kKnownAlgorithms), std::end(kKnownAlgorithms), algorithm) != 0;
  };
  std::vector<int> algorithms;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(algorithms), is_usable);
  return algorithms;
}

int Fido2Authenticator::TryMakeCredential(const CredentialRequest& request, int algorithm, const Pin* pin,
                                          Deadline deadline, NewCredential& result) {
  const UniqueCred question = NewCredentialQuestion(request, algorithm);
  const int code = WithTouch(deadline, "make a credential", [&](fido_dev_t* device) {
    return fido_dev_make_cred(device, question.get(), Reveal(pin));
  });
  if (code == FIDO_OK) result = ReadCredential(question.get());
  return code;
}

NewCredential Fido2Authenticator::MakeCredential(const CredentialRequest& request, const Pin* pin, Deadline deadline) {
  NewCredential result;
  int code = FIDO_ERR_UNSUPPORTED_ALGORITHM;
  for (const int algorithm : Algorithms(request.algorithms)) {  // libfido2 asks for one at a time
    code = TryMakeCredential(request, algorithm, pin, deadline, result);
    if (code != FIDO_ERR_UNSUPPORTED_ALGORITHM) break;  // which is told before the touch
  }
  if (code != FIDO_OK) Fail(code, "make a credential", pin);
  return result;
}

std::unique_ptr<Authenticator> MakeAuthenticator(const char* device, const Interrupt& interrupt) {
  return std::make_unique<Fido2Authenticator>(KeySockets(device), interrupt);
}

}  // namespace vouch
