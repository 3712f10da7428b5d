#include "fido/key_choice.h"

#include <array>

#include "error.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTouchPoll{50};  // for one key, before the next is asked
constexpr milliseconds kPollSlack{10};  // a wait may end that much early without anything being wrong
constexpr std::array<unsigned char, 32> kNoClientData{};

enum class Holds { kYes, kNo, kUnknown };

bool IsUsable(fido_dev_t* device) {
  return fido_dev_is_fido2(device) && (fido_dev_supports_pin(device) || fido_dev_has_uv(device));
}

// Whether the key has a credential of `rp_id` (among `ids`, unless that is empty), asked without touch and PIN. A key
// that protects credentials hides them from such a question (CTAP 2.1, 12.1), and one that always wants its user
// refuses it.
Holds HoldsCredential(fido_dev_t* device, const std::string& rp_id, const std::vector<std::string>& ids) {
  const UniqueAssert request(fido_assert_new());
  if (!request) throw FidoError(FIDO_ERR_INTERNAL, "be asked");
  RequireFido(fido_assert_set_rp(request.get(), rp_id.c_str()), "be asked");
  RequireFido(fido_assert_set_clientdata_hash(request.get(), kNoClientData.data(), kNoClientData.size()), "be asked");
  RequireFido(fido_assert_set_up(request.get(), FIDO_OPT_FALSE), "be asked");
  for (const std::string& id : ids) RequireFido(fido_assert_allow_cred(request.get(), Data(id), id.size()), "be asked");
  switch (fido_dev_get_assert(device, request.get(), nullptr)) {
    case FIDO_OK:
      return Holds::kYes;
    case FIDO_ERR_NO_CREDENTIALS:
      return fido_dev_supports_cred_prot(device) ? Holds::kUnknown : Holds::kNo;
    case FIDO_ERR_TX:
    case FIDO_ERR_RX:
      return Holds::kNo;  // it is gone
    default:
      return Holds::kUnknown;
  }
}

bool CanFit(fido_dev_t* device, const KeyWish& wish) {
  if (!wish.is_for_new_credential) return HoldsCredential(device, wish.rp_id, {}) != Holds::kNo;
  return wish.excluded.empty() || HoldsCredential(device, wish.rp_id, wish.excluded) != Holds::kYes;
}

Error NoneFits(const KeyWish& wish, std::size_t count) {
  const std::string keys = "of the " + std::to_string(count) + " security keys plugged in ";
  if (wish.is_for_new_credential)
    return Error(REASON_KEY_EXISTS, "each " + keys + "is registered already", "plug in the one to be added");
  return Error(REASON_NO_CREDENTIAL, "none " + keys + "holds a credential for this server",
               "plug in the right one, or register one: vouchctl register");
}

// All blink until one is touched. Whatever happens, none blinks afterwards.
class TouchContest {
 public:
  TouchContest(std::vector<OpenKey> keys, Deadline deadline, const Interrupt& interrupt)
      : keys_(std::move(keys)), deadline_(deadline), interrupt_(interrupt) {
    std::erase_if(keys_, [&](const OpenKey& key) { return !Note(fido_dev_get_touch_begin(key.device.get())); });
  }
  ~TouchContest() {
    for (const OpenKey& key : keys_) fido_dev_cancel(key.device.get());
  }
  TouchContest(const TouchContest&) = delete;
  TouchContest& operator=(const TouchContest&) = delete;

  OpenKey Winner() {
    while (!keys_.empty()) {
      if (interrupt_.IsSet()) throw Error(REASON_CANCELLED, "cancelled");
      if (Clock::now() >= deadline_) throw FidoError(FIDO_ERR_USER_ACTION_TIMEOUT, "be chosen");
      for (auto key = keys_.begin(); key != keys_.end();) {
        bool touched = false;
        const bool is_there = Poll(*key, touched);
        if (is_there && !touched) {
          ++key;
          continue;
        }
        OpenKey taken = std::move(*key);
        key = keys_.erase(key);
        if (touched) return taken;
      }
    }
    throw FidoError(failure_, "be chosen");
  }

 private:
  // False when the key is out of the contest. libfido2 reports a key that was pulled out as one that was not touched,
  // but it does so at once.
  bool Poll(const OpenKey& key, bool& touched) {
    int is_touched = 0;
    const auto start = Clock::now();
    const int code = fido_dev_get_touch_status(key.device.get(), &is_touched, static_cast<int>(kTouchPoll.count()));
    touched = is_touched != 0;
    if (code == FIDO_OK && !touched && Clock::now() - start < kTouchPoll - kPollSlack) return Note(FIDO_ERR_RX);
    return Note(code);
  }

  bool Note(int code) {
    if (code != FIDO_OK) failure_ = code;
    return code == FIDO_OK;
  }

  std::vector<OpenKey> keys_;
  const Deadline deadline_;
  const Interrupt& interrupt_;
  int failure_ = FIDO_ERR_RX;
};

}  // namespace

OpenKey ChooseKey(std::vector<OpenKey> keys, const KeyWish& wish, Deadline deadline, const Interrupt& interrupt,
                  const std::function<void()>& on_several) {
  std::vector<OpenKey> usable;
  for (OpenKey& key : keys)
    if (IsUsable(key.device.get())) usable.push_back(std::move(key));
  if (usable.empty()) return std::move(keys.front());  // the caller says what is wrong with it
  if (usable.size() == 1) return std::move(usable.front());

  const std::size_t count = usable.size();
  std::erase_if(usable, [&](const OpenKey& key) { return !CanFit(key.device.get(), wish); });
  if (usable.empty()) throw NoneFits(wish, count);
  if (usable.size() == 1) return std::move(usable.front());
  on_several();
  return TouchContest(std::move(usable), deadline, interrupt).Winner();
}

}  // namespace vouch
