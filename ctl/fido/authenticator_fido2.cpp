#include "fido/authenticator_fido2.h"

#include <fido.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "error.h"
#include "fido/auth_data.h"
#include "fido/fido_error.h"
#include "fido/transport_unix.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPoll{500};            // looking for a key
constexpr milliseconds kOpenPause{200};       // between attempts at a key that was only just plugged in
constexpr int kOpenAttempts = 10;             // of them
constexpr milliseconds kQuickCommand{2000};   // what needs no person: a key answers within 100 ms
constexpr milliseconds kCancelGrace{2000};    // from our cancel to the key's confirmation
constexpr std::size_t kMaxDevices = 16;       // listed; two are too many already
constexpr std::size_t kUserHandleBytes = 16;  // the Vouch server's user id is a UUID

struct FreeAssert {
  void operator()(fido_assert_t* p) const { fido_assert_free(&p); }
};
using UniqueAssert = std::unique_ptr<fido_assert_t, FreeAssert>;

void Require(int code, const char* what) {
  if (code != FIDO_OK) throw FidoError(code, what);
}

std::string Bytes(const unsigned char* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

std::vector<std::string> UsbDevices() {
  fido_dev_info_t* list = fido_dev_info_new(kMaxDevices);
  if (list == nullptr) throw FidoError(FIDO_ERR_INTERNAL, "be listed");
  std::size_t count = 0;
  const int code = fido_dev_info_manifest(list, kMaxDevices, &count);
  std::vector<std::string> paths;
  for (std::size_t i = 0; code == FIDO_OK && i < count; ++i)
    paths.emplace_back(fido_dev_info_path(fido_dev_info_ptr(list, i)));
  fido_dev_info_free(&list, kMaxDevices);
  Require(code, "be listed");
  return paths;
}

std::string AuthenticatorData(const fido_assert_t* answer) {
#ifdef VOUCH_FIDO_RAW_AUTHDATA
  return Bytes(fido_assert_authdata_raw_ptr(answer, 0), fido_assert_authdata_raw_len(answer, 0));
#else
  const std::string cbor = Bytes(fido_assert_authdata_ptr(answer, 0), fido_assert_authdata_len(answer, 0));
  return UnwrapCborBytes(cbor).value_or("");
#endif
}

UniqueAssert NewAssertion(const std::string& rp_id, const std::string& client_data_json) {
  UniqueAssert request(fido_assert_new());
  if (!request) throw FidoError(FIDO_ERR_INTERNAL, "sign");
  Require(fido_assert_set_rp(request.get(), rp_id.c_str()), "sign");
  const auto* data = reinterpret_cast<const unsigned char*>(client_data_json.data());
  Require(fido_assert_set_clientdata(request.get(), data, client_data_json.size()), "sign");  // hashes it
  Require(fido_assert_set_up(request.get(), FIDO_OPT_TRUE), "sign");
  return request;  // the allow list stays empty, so that the key tells who the user is; the PIN gives user verification
}

// Of several accounts on the key the first, which is the newest (CTAP 2.1, 6.2.2).
Assertion ReadAssertion(const fido_assert_t* answer) {
  if (fido_assert_count(answer) == 0) throw FidoError(FIDO_ERR_NO_CREDENTIALS, "sign");
  Assertion result{Bytes(fido_assert_id_ptr(answer, 0), fido_assert_id_len(answer, 0)), AuthenticatorData(answer),
                   Bytes(fido_assert_sig_ptr(answer, 0), fido_assert_sig_len(answer, 0)),
                   Bytes(fido_assert_user_id_ptr(answer, 0), fido_assert_user_id_len(answer, 0))};
  if (!IsUserPresentAndVerified(result.authenticator_data))
    throw Error(REASON_SECURITY_KEY, "the security key did not confirm both the touch and the PIN");
  if (result.user_handle.size() != kUserHandleBytes)
    throw Error(REASON_NO_CREDENTIAL,
                "the credential on the security key names no Vouch user (user handle of " +
                    std::to_string(result.user_handle.size()) + " bytes)",
                "register the key with your Vouch server again");
  return result;
}

}  // namespace

void Fido2Authenticator::CloseDevice::operator()(fido_dev* device) const {
  fido_dev_close(device);
  fido_dev_free(&device);
}

Fido2Authenticator::Fido2Authenticator(std::string socket_path, const Interrupt& interrupt)
    : socket_path_(std::move(socket_path)), interrupt_(interrupt) {
  // A key left busy by another program must not look like a U2F key (state of this thread).
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

Fido2Authenticator::~Fido2Authenticator() = default;

std::optional<std::string> Fido2Authenticator::FindDevice() const {
  if (!socket_path_.empty()) {
    if (access(socket_path_.c_str(), F_OK) != 0) return std::nullopt;
    return socket_path_;
  }
  const std::vector<std::string> paths = UsbDevices();
  if (paths.empty()) return std::nullopt;
  if (paths.size() == 1) return paths.front();
  std::string names;
  for (const std::string& path : paths) names += (names.empty() ? "" : ", ") + path;
  throw Error(REASON_SECURITY_KEY, "more than one security key is plugged in (" + names + ")", "unplug all but one");
}

bool Fido2Authenticator::TryOpen(const std::string& path) {
  fido_dev_t* device = fido_dev_new();
  if (device == nullptr) throw FidoError(FIDO_ERR_INTERNAL, "be opened");
  device_.reset(device);
  if (!socket_path_.empty()) Require(fido_dev_set_io_functions(device, &kUnixTransport), "be opened");
  Require(fido_dev_set_timeout(device, static_cast<int>(kQuickCommand.count())), "be opened");
  if (fido_dev_open(device, path.c_str()) == FIDO_OK) return true;
  device_.reset();
  return false;
}

void Fido2Authenticator::Open(Deadline deadline, const std::function<void()>& on_waiting) {
  int failures = 0;
  bool told = false;
  for (;;) {
    const std::optional<std::string> path = FindDevice();
    if (path && TryOpen(*path)) break;
    failures = path ? failures + 1 : 0;
    if (failures == kOpenAttempts || (path && Clock::now() >= deadline))
      throw Error(REASON_SECURITY_KEY, "the security key does not answer",
                  "close other programs that use it, or unplug it and plug it in again");
    if (!path && Clock::now() >= deadline)
      throw Error(REASON_NO_SECURITY_KEY, "no security key was found within the time limit",
                  "plug it in and try again");
    if (!path && !std::exchange(told, true)) on_waiting();
    interrupt_.SleepUntil(std::min(deadline, Clock::now() + (path ? kOpenPause : kPoll)));
  }
  if (!fido_dev_is_fido2(device_.get())) throw Error(REASON_SECURITY_KEY, "the security key does not speak FIDO2");
  if (!fido_dev_supports_pin(device_.get())) throw Error(REASON_PIN_NOT_SET, "the security key does not support a PIN");
  if (!fido_dev_has_pin(device_.get())) throw FidoError(FIDO_ERR_PIN_NOT_SET, "be opened");
}

int Fido2Authenticator::PinTries() {
  int tries = 0;
  Require(fido_dev_get_retry_count(device_.get(), &tries), "count the PIN tries");
  if (tries <= 0) throw FidoError(FIDO_ERR_PIN_BLOCKED, "count the PIN tries");
  return tries;
}

Assertion Fido2Authenticator::GetAssertion(const std::string& rp_id, const std::string& client_data_json,
                                           const Pin& pin, Deadline deadline) {
  fido_dev_t* device = device_.get();
  const UniqueAssert request = NewAssertion(rp_id, client_data_json);

  // The watch ends the call by a cancel, so that the key stops blinking; libfido2's own limit is for a key that is
  // deaf.
  fido_dev_set_timeout(device, MillisecondsUntil(deadline + kCancelGrace));
  Watch watch(interrupt_, deadline, [device] { fido_dev_cancel(device); });
  const int code = fido_dev_get_assert(device, request.get(), pin.Reveal());
  const Watch::Cause cause = watch.End();
  fido_dev_set_timeout(device, static_cast<int>(kQuickCommand.count()));

  if (cause == Watch::Cause::kInterrupt) throw Error(REASON_CANCELLED, "cancelled");
  if (code == FIDO_OK) return ReadAssertion(request.get());
  if (cause == Watch::Cause::kDeadline) throw FidoError(FIDO_ERR_USER_ACTION_TIMEOUT, "sign");
  if (code != FIDO_ERR_PIN_INVALID) throw FidoError(code, "sign");
  const int tries = PinTries();
  throw Error(REASON_PIN_WRONG, "wrong PIN, " + std::to_string(tries) + (tries == 1 ? " try" : " tries") +
                                    " left before the key locks for good",
              "try again: vouchctl login");
}

std::unique_ptr<Authenticator> MakeAuthenticator(const char* device, const Interrupt& interrupt) {
  constexpr std::string_view kUnix = "unix:/";
  const std::string_view text = device == nullptr ? "" : device;
  if (text.empty()) return std::make_unique<Fido2Authenticator>("", interrupt);
  if (text.substr(0, kUnix.size()) != kUnix)
    throw Error(REASON_CONFIGURATION, "VOUCH_FIDO_DEVICE is not understood",
                "use unix:<absolute path>, or unset it for USB");
  return std::make_unique<Fido2Authenticator>(std::string(text.substr(kUnix.size() - 1)), interrupt);
}

}  // namespace vouch
