// What a Vouch server answers, to every call that vouchd makes. The first letter is the call (kCalls); then the answers
// (scripted_http.h).
#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include "base/error.h"
#include "fuzz.h"
#include "remote/vouch_api.h"
#include "scripted_http.h"

namespace {

using namespace vouch;
using fuzz::Promise;

const std::string kServer = "https://us.vouch.sh";
constexpr std::int64_t kLongestLife = 31LL * 24 * 3600;  // seconds

// What goes into a header, a URL or a line.
bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void CheckToken(const LoginToken& login, std::int64_t now) {
  Promise(IsWord(login.access_token.token.Reveal()), "a token fits into a header");
  Promise(login.access_token.type == "DPoP" || login.access_token.type == "Bearer", "a token is of a type that is known");
  Promise(!login.email.empty() && !HasControl(login.email), "a session is somebody's");
  Promise(login.expires_at > now && login.expires_at <= now + kLongestLife, "a session ends, and not at once");
}

void CheckPage(const std::string& url) {
  Promise(url.starts_with("https://") || url.starts_with("http://"), "people are sent to web pages only");
  Promise(IsWord(url), "a page's address is one word");
}

void CheckKeys(const std::vector<RegisteredKey>& keys) {
  for (const RegisteredKey& key : keys) {
    Promise(IsWord(key.id) && key.id.find('/') == std::string::npos && key.id != "..", "a key's id is one part of a path");
    Promise(!HasControl(key.name + key.device_model + key.aaguid), "names have no control characters");
  }
}

void CheckRegistration(const KeyRegistration& options) {
  Promise(options.user_id.size() == 16, "a user handle has 16 bytes");
  Promise(options.challenge.size() >= 16, "a challenge has 16 bytes at least");
  Promise(!options.algorithms.empty(), "there is an algorithm");
  Promise(IsWord(options.rp_id) && IsWord(options.state), "what goes back is one word");
}

using Call = std::function<void(VouchApi&, const AccessToken&)>;

std::int64_t NowOf(const VouchApi& api) { return api.clock().NowSeconds(); }

void CheckIdToken(const IdToken& id) { Promise(IsWord(id.token.Reveal()), "an ID token fits into a header"); }

const std::map<char, Call> kCalls = {
    {'r', [](VouchApi& api, const AccessToken&) { Promise(IsWord(api.Register("laptop")), "a client id is one word"); }},
    {'c', [](VouchApi& api, const AccessToken&) {
       const Challenge challenge = api.RequestChallenge("c1");
       Promise(challenge.challenge.size() >= 16 && IsWord(challenge.rp_id) && IsWord(challenge.state), "a challenge is whole");
     }},
    {'l', [](VouchApi& api, const AccessToken&) {
       CheckToken(api.Login("c1", "state", {"id", "data", "sig", "{}", "user"}), NowOf(api));
     }},
    {'d', [](VouchApi& api, const AccessToken&) {
       const DeviceAuthorization device = api.StartDeviceFlow("c1");
       Promise(IsWord(device.device_code.Reveal()) && !HasControl(device.user_code), "codes are printable");
       CheckPage(device.verification_uri);
       if (!device.verification_uri_complete.empty()) CheckPage(device.verification_uri_complete);
       Promise(device.interval >= 1 && device.interval <= 600 && device.expires_in > 0, "a device flow has a pace and an end");
     }},
    {'p', [](VouchApi& api, const AccessToken&) {
       const DevicePoll poll = api.PollDeviceFlow("c1", Secret("device"));
       Promise(poll.token.has_value() == (poll.state == DevicePoll::State::kDone), "a flow that is done has a token");
       if (poll.token) CheckToken(*poll.token, NowOf(api));
     }},
    {'a', [](VouchApi& api, const AccessToken& session) {
       const IdToken id = api.AwsIdToken(session, "arn:aws:iam::123456789012:role/R", "");
       CheckIdToken(id);
       Promise(!id.subject.empty() && !HasControl(id.subject), "an ID token is somebody's");
     }},
    {'k', [](VouchApi& api, const AccessToken& session) { CheckIdToken(api.KubernetesIdToken("c1", session, "kubernetes")); }},
    {'L', [](VouchApi& api, const AccessToken& session) { CheckKeys(api.ListKeys(session)); }},
    {'N', [](VouchApi& api, const AccessToken& session) { api.RenameKey(session, "key-1", "Green"); }},
    {'R', [](VouchApi& api, const AccessToken& session) { Promise(api.RemoveKey(session, "key-1") >= 0, "a count"); }},
    {'S', [](VouchApi& api, const AccessToken& session) { CheckRegistration(api.StartKeyRegistration(session, "Green")); }},
    {'F', [](VouchApi& api, const AccessToken& session) {
       Promise(IsWord(api.FinishKeyRegistration(session, "state", {"id", "key", "object", "{}"})), "a key's id is one word");
     }},
    {'s', [](VouchApi& api, const AccessToken& session) {
       const SessionCheck check = api.CheckSession(session);
       Promise(check.seconds_left >= 0 && check.seconds_left <= kLongestLife, "what is left is a time");
       Promise(!HasControl(check.email + check.device_name), "names have no control characters");
     }},
    {'v', [](VouchApi& api, const AccessToken& session) { api.Revoke("c1", session); }},
};

// Of these bytes only, so that no answer can have it in it by itself.
std::string TokenAgainst(std::string_view text) {
  return "canary-" + std::to_string(std::hash<std::string_view>()(text));
}

void CheckError(const Error& error, const std::string& token) {
  Promise(!HasControl(error.what()) && !HasControl(error.remedy()), "an error is one line");
  Promise(std::string_view(error.what()).find(token) == std::string_view::npos, "an error quotes no token of ours");
  Promise(error.reason() != REASON_INTERNAL && error.reason() != REASON_UNSPECIFIED, "an error has a reason of the far end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto client_key = std::make_shared<const ClientKey>(ClientKey::Generate());
  std::string_view text = fuzz::TextOf(data, size);
  const auto call = kCalls.find(fuzz::TakeChoice(text));
  if (call == kCalls.end()) return -1;  // not worth keeping
  fuzz::TakeUntil(text, "\n");
  const std::string token = TokenAgainst(text);
  ManualClock clock;
  fuzz::ScriptedHttp http(clock, text);
  VouchApi api(http, clock, ServerUrl(kServer), client_key);
  try {
    call->second(api, AccessToken(Secret(token), "DPoP"));
  } catch (const Error& error) {
    CheckError(error, token);
  }
  Promise(http.last_url().empty() || http.last_url().starts_with(kServer + "/"), "no answer leads to another host");
  return 0;
}
