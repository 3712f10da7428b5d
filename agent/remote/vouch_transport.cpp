#include "remote/vouch_transport.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <random>
#include <system_error>

#include "base/encoding.h"
#include "base/log.h"
#include "base/time_format.h"
#include "formats/dpop.h"
#include "formats/jws.h"
#include "remote/auth_challenge.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

// Waiting between attempts in all, below the shims' deadline of 5 s, so that a caller hears the reason.
constexpr std::int64_t kRetryBudgetMs = 3500;
constexpr int kMaxAttempts = 4;                  // protocol reference 1.0.4
constexpr std::int64_t kNonceLifeMs = 300'000;   // protocol reference 1.0.2
constexpr std::int64_t kSkewThatMattersMs = 5000;

std::string FormBody(const FormFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;  // an empty parameter counts as absent
    if (!body.empty()) body += '&';
    body += PercentEncode(name) + '=' + PercentEncode(value);
  }
  return body;
}

// Retry-After in seconds; 2 where it is missing or a date, never above 30 (protocol reference 1.0.4).
std::int64_t RetryAfterSeconds(const HttpResponse& response) {
  constexpr int kDefault = 2, kLongest = 30;
  const std::string text = response.Header("retry-after").value_or("");
  int seconds = kDefault;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec == std::errc::result_out_of_range) return kLongest;
  return std::clamp(seconds, 0, kLongest);
}

// Milliseconds to wait before the next attempt; -1 when this answer is final.
std::int64_t RetryPause(const HttpResponse& response, int attempt) {
  if (response.status == 429) return RetryAfterSeconds(response) * 1000;
  if (response.status < 500) return -1;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const std::int64_t half = std::int64_t{500} << attempt;  // equal jitter of 1 s, 2 s, 4 s
  return half + std::uniform_int_distribution<std::int64_t>(0, half)(random);
}

bool AsksForNonce(const HttpResponse& response) {
  if (!response.Header("dpop-nonce")) return false;
  if (response.status == 400) return OAuthErrorCode(response) == "use_dpop_nonce";
  return response.status == 401 && ReadAuthRefusal(response).error == "use_dpop_nonce";
}

// Whether a refusal may come from times of ours that were off. A device flow's "not yet" does not, and asking again at once
// would be punished (RFC 8628 section 3.5).
bool MayBeForItsTimes(const HttpResponse& response) {
  if (response.status < 400 || response.status >= 500 || response.status == 429) return false;
  const std::string code = OAuthErrorCode(response);
  return code != "authorization_pending" && code != "slow_down";
}

// The one failure after which the other ECDSA encoding may be tried (protocol reference 8.3).
bool LooksLikeWrongEncoding(const HttpResponse& response) {
  const bool explained = std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return header.first == "accept-signature" || header.first == "www-authenticate";
  });
  return response.status == 401 && !explained && response.body.starts_with("signature verification failed");
}

// 1*NQCHAR (RFC 9449 section 8.1). Anything else would not fit into a proof.
bool IsNonce(std::string_view text) {
  constexpr std::size_t kLongest = 1024;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// What a request carried is wiped even where sending it throws.
struct WipedRequest {
  HttpRequest request;
  ~WipedRequest() {
    Wipe(request.body);
    for (auto& [name, value] : request.headers) Wipe(value);
  }
};

}  // namespace

HttpResponse VouchTransport::PostForm(const std::string& path, const FormFields& fields, const FormOptions& options) {
  const std::string url = server_.At(path);
  auto build = [&] {
    const std::int64_t now = corrected_.NowSeconds();
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.total_timeout = options.timeout;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Accept", "application/json");
    if (options.dpop) {
      DpopProof proof;
      proof.method = "POST";
      proof.url = url;
      proof.now = now;
      proof.jti = RandomUuid();
      proof.nonce = Nonce();
      request.headers.emplace_back("DPoP", MakeDpopProof(*key_, proof));
    }
    if (options.fapi_headers) {
      request.headers.emplace_back("x-fapi-interaction-id", RandomUuid());
      request.headers.emplace_back("x-fapi-end-user-present", "true");
    }
    FormFields all = fields;
    all.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    all.emplace_back("client_assertion", MakeClientAssertion(*key_, options.client_id, server_.text(), RandomUuid(), now));
    request.body = FormBody(all);
    return request;
  };
  return SendWithRetries(build, options.retry);
}

HttpResponse VouchTransport::PostJson(const std::string& path, const std::string& json) {
  auto build = [&] {
    HttpRequest request;
    request.method = "POST";
    request.url = server_.At(path);
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Accept", "application/json");
    request.body = json;
    return request;
  };
  return SendWithRetries(build, /*retry=*/true);
}

// Neither encoding is announced, and a wrong one is refused like any wrong signature: one more try tells (protocol reference
// 8.3). The old servers' DER is forgotten as soon as it fails.
HttpResponse VouchTransport::SendAs(const AccessToken& token, const SignedCall& call) {
  const EcdsaEncoding used = encoding_;
  HttpResponse response = SendWithRetries([&] { return RequestFor(token, call, used); }, /*retry=*/true);
  if (!call.sign || encoding_settings_.fixed || !LooksLikeWrongEncoding(response)) return response;

  const EcdsaEncoding other = used == EcdsaEncoding::kRaw ? EcdsaEncoding::kDer : EcdsaEncoding::kRaw;
  HttpResponse second = SendWithRetries([&] { return RequestFor(token, call, other); }, /*retry=*/false);
  if (second.status / 100 == 2) KeepEncoding(other);
  else if (used == EcdsaEncoding::kDer) KeepEncoding(EcdsaEncoding::kRaw);
  return second;
}

void VouchTransport::KeepEncoding(EcdsaEncoding works) {
  if (encoding_.exchange(works) == works) return;  // another thread has found out too
  LogInfo(server_.key() + ": HTTP signatures are made in the other ECDSA encoding from now on");
  if (encoding_settings_.remember) encoding_settings_.remember(works);
}

HttpRequest VouchTransport::RequestFor(const AccessToken& token, const SignedCall& call, EcdsaEncoding encoding) {
  if (token.type != "DPoP" && token.type != "Bearer")
    throw Error(REASON_INTERNAL, "a session token of an unknown type cannot be sent");
  HttpRequest request;
  request.method = call.method;
  request.url = server_.At(call.path) + (call.query.empty() ? "" : "?" + call.query);
  request.body = call.json;
  SignedRequest to_sign;
  to_sign.method = request.method;
  to_sign.url = request.url;
  to_sign.authorization = token.type + " " + std::string(token.token.Reveal());
  to_sign.created = corrected_.NowSeconds();
  to_sign.encoding = encoding;
  if (!call.json.empty()) {
    to_sign.content_type = "application/json";
    to_sign.body = call.json;
    request.headers.emplace_back("Content-Type", to_sign.content_type);
  }
  if (token.type == "DPoP") {
    DpopProof proof;
    proof.method = request.method;
    proof.url = server_.At(call.path);
    proof.now = to_sign.created;
    proof.jti = RandomUuid();
    if (v1_wants_nonce_) proof.nonce = Nonce();
    proof.access_token = std::string(token.token.Reveal());
    proof.agent_source = call.agent_source;
    to_sign.dpop = MakeDpopProof(*key_, proof);
    Wipe(proof.access_token);
    request.headers.emplace_back("DPoP", to_sign.dpop);
  }
  if (call.sign) {
    const SignatureHeaders signature = SignHttpRequest(*key_, to_sign);
    request.headers.emplace_back("Signature-Input", signature.signature_input);
    request.headers.emplace_back("Signature", signature.signature);
    if (!signature.content_digest.empty()) request.headers.emplace_back("Content-Digest", signature.content_digest);
  }
  request.headers.emplace_back("Authorization", std::move(to_sign.authorization));
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

// A fresh proof, assertion and signature on every attempt. Besides 429 and 5xx there are two reasons to ask once more: the
// server wants a nonce, or its Date header has just shown that our times were off.
HttpResponse VouchTransport::SendWithRetries(const Build& build, bool retry) {
  bool nonce_tried = false, clock_tried = false;
  std::int64_t budget_ms = kRetryBudgetMs;
  for (int attempt = 0;;) {
    const std::int64_t offset_before = corrected_.offset_ms();
    HttpResponse response = SendOnce(build);
    if (!nonce_tried && AsksForNonce(response)) {
      nonce_tried = true;
      if (response.status == 401) v1_wants_nonce_ = true;
      continue;
    }
    const bool clock_moved = std::llabs(corrected_.offset_ms() - offset_before) > kSkewThatMattersMs;
    if (!clock_tried && clock_moved && MayBeForItsTimes(response)) {
      clock_tried = true;
      continue;
    }
    const std::int64_t pause = RetryPause(response, attempt);
    if (!retry || pause < 0 || ++attempt >= kMaxAttempts || pause > budget_ms) return response;
    budget_ms -= pause;
    if (!clock_.Sleep(Millis(pause))) return response;
  }
}

HttpResponse VouchTransport::SendOnce(const Build& build) {
  WipedRequest wiped{build()};
  HttpResponse response = http_.Send(wiped.request);
  if (auto date = response.Header("date"))
    if (auto seconds = ParseHttpDate(*date)) corrected_.Learn(*seconds, response.sent_ms, response.received_ms);
  KeepNonce(response);
  return response;
}

std::string VouchTransport::Nonce() {
  std::lock_guard lock(mutex_);
  return clock_.SteadyMillis() - nonce_at_ms_ < kNonceLifeMs ? nonce_ : std::string();
}

void VouchTransport::KeepNonce(const HttpResponse& response) {
  auto nonce = response.Header("dpop-nonce");
  if (!nonce || !IsNonce(*nonce)) return;
  std::lock_guard lock(mutex_);
  nonce_ = *nonce;
  nonce_at_ms_ = clock_.SteadyMillis();
}

}  // namespace vouch
