#include "remote/vouch_transport.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <random>

#include "base/encoding.h"
#include "base/log.h"
#include "base/time_format.h"
#include "formats/dpop.h"
#include "formats/jws.h"

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

// Milliseconds to wait before the next attempt; -1 when this answer is final.
std::int64_t RetryPause(const HttpResponse& response, int attempt) {
  if (response.status == 429) {
    int seconds = 2;  // what stays when the header is missing or a date
    const std::string after = response.Header("retry-after").value_or("");
    std::from_chars(after.data(), after.data() + after.size(), seconds);
    return std::clamp(seconds, 0, 30) * 1000;
  }
  if (response.status < 500) return -1;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const std::int64_t half = std::int64_t{500} << attempt;  // equal jitter of 1 s, 2 s, 4 s
  return half + std::uniform_int_distribution<std::int64_t>(0, half)(random);
}

bool AsksForNonce(const HttpResponse& response) {
  if (!response.Header("dpop-nonce")) return false;
  if (response.status == 400) return response.body.find("\"use_dpop_nonce\"") != std::string::npos;
  auto challenge = response.Header("www-authenticate");
  return response.status == 401 && challenge && challenge->find("error=\"use_dpop_nonce\"") != std::string::npos;
}

// The one failure after which the other ECDSA encoding may be tried (protocol reference 8.3).
bool LooksLikeWrongEncoding(const HttpResponse& response) {
  return response.status == 401 && !response.Header("accept-signature") && !response.Header("www-authenticate") &&
         response.body.starts_with("signature verification failed");
}

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

HttpResponse VouchTransport::GetSigned(const std::string& path, const std::string& query, const AccessToken& token,
                                       const std::string& agent_source) {
  auto build = [&] { return SignedRequestFor(path, query, token, agent_source); };
  HttpResponse response = SendWithRetries(build, /*retry=*/true);
  if (!LooksLikeWrongEncoding(response)) return response;

  const EcdsaEncoding before = encoding_;
  encoding_ = before == EcdsaEncoding::kRaw ? EcdsaEncoding::kDer : EcdsaEncoding::kRaw;
  HttpResponse second = SendOnce(build);
  if (LooksLikeWrongEncoding(second)) encoding_ = before;
  else LogInfo(server_.key() + " takes HTTP signatures in the other ECDSA encoding; remembered");
  return second;
}

HttpRequest VouchTransport::SignedRequestFor(const std::string& path, const std::string& query,
                                             const AccessToken& token, const std::string& agent_source) {
  HttpRequest request;
  request.url = server_.At(path) + (query.empty() ? "" : "?" + query);
  SignedRequest to_sign;
  to_sign.method = request.method;
  to_sign.url = request.url;
  to_sign.authorization = token.type + " " + std::string(token.token.Reveal());
  to_sign.created = corrected_.NowSeconds();
  to_sign.encoding = encoding_;
  if (token.type == "DPoP") {
    DpopProof proof;
    proof.method = request.method;
    proof.url = server_.At(path);
    proof.now = to_sign.created;
    proof.jti = RandomUuid();
    if (v1_wants_nonce_) proof.nonce = Nonce();
    proof.access_token = std::string(token.token.Reveal());
    proof.agent_source = agent_source;
    to_sign.dpop = MakeDpopProof(*key_, proof);
    Wipe(proof.access_token);
    request.headers.emplace_back("DPoP", to_sign.dpop);
  }
  const SignatureHeaders signature = SignHttpRequest(*key_, to_sign);
  request.headers.emplace_back("Authorization", std::move(to_sign.authorization));
  request.headers.emplace_back("Signature-Input", signature.signature_input);
  request.headers.emplace_back("Signature", signature.signature);
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
    const bool client_error = response.status >= 400 && response.status < 500;
    if (!clock_tried && client_error && std::llabs(corrected_.offset_ms() - offset_before) > kSkewThatMattersMs) {
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
  HttpRequest request = build();
  HttpResponse response = http_.Send(request);
  Wipe(request.body);
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
  if (!nonce || nonce->empty() || nonce->size() > 1024) return;
  std::lock_guard lock(mutex_);
  nonce_ = *nonce;
  nonce_at_ms_ = clock_.SteadyMillis();
}

}  // namespace vouch
