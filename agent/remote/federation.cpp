#include "remote/federation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "formats/json_text.h"
#include "remote/url.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestToken = 16 * 1024;
constexpr std::size_t kLongestUrl = 8000;  // far above any session token that STS is known to give

std::string FederationUrl(const std::string& endpoint) {
  const Url url = ParseUrl(endpoint);
  return url.scheme + "://" + url.authority + (url.path == "/" ? "" : url.path) + "/federation";
}

// As the query's value. Members in the documented order; all of them are visible ASCII.
std::string SessionParameter(const SigningKeys& keys) {
  std::string text = nlohmann::ordered_json{{"sessionId", keys.access_key_id},
                                            {"sessionKey", keys.secret_access_key},
                                            {"sessionToken", keys.session_token}}
                         .dump();
  std::string encoded = PercentEncode(text);
  Wipe(text);
  return encoded;
}

Error Refusal(int status) {
  const std::string http = " (HTTP " + std::to_string(status) + ")";
  if (status == 429) return Error(REASON_RATE_LIMITED, "AWS sign-in is throttling requests" + http, "try again in a minute");
  if (status >= 500) return Error(REASON_UPSTREAM, "AWS sign-in has a failure of its own" + http, "try again");
  if (status == 400 || status == 401 || status == 403)
    return Error(REASON_DENIED, "AWS sign-in does not take the role's credentials" + http,
                 "run: vouchctl login; if it stays so, ask your AWS administrator whether the role's sessions were revoked");
  return Error(REASON_BAD_ANSWER, "AWS sign-in gave an answer that it never gives" + http,
               "check AWS_ENDPOINT_URL_SIGNIN and the proxy");
}

Secret ReadToken(HttpResponse& response) {
  json body = ParseJson(response.body);
  Wipe(response.body);
  auto found = body.is_object() ? body.find("SigninToken") : body.end();
  if (body.is_object() && found != body.end() && found->is_string()) {
    auto& text = found->get_ref<std::string&>();
    const bool usable = !text.empty() && text.size() <= kLongestToken &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    Secret token(usable ? text : std::string_view());
    Wipe(text);
    if (usable) return token;
  }
  throw Error(REASON_BAD_ANSWER, "AWS sign-in sent an answer without a sign-in token", "check AWS_ENDPOINT_URL_SIGNIN and the proxy");
}

}  // namespace

Secret Federation::SigninToken(const std::string& endpoint, const SigningKeys& keys) {
  HttpRequest request;
  std::string session = SessionParameter(keys);
  const std::string call = FederationUrl(endpoint) + "?Action=getSigninToken&Session=";
  request.url.reserve(call.size() + session.size());  // no reallocation leaves a copy of the credentials behind
  request.url.append(call).append(session);
  Wipe(session);
  request.headers.emplace_back("Accept", "application/json");
  request.max_answer_bytes = 2 * kLongestToken;
  struct Wiped {
    std::string& text;
    ~Wiped() { Wipe(text); }
  } const wiped{request.url};
  if (request.url.size() > kLongestUrl)
    throw Error(REASON_CONFIGURATION, "the session token of the role is too long for AWS sign-in",
                "ask your AWS administrator for a shorter session policy or fewer session tags");
  HttpResponse response = http_.Send(request);
  if (response.status == 200) return ReadToken(response);
  Wipe(response.body);
  throw Refusal(response.status);
}

Secret ConsoleLoginUrl(const std::string& endpoint, const std::string& issuer, const std::string& destination, const Secret& token) {
  const std::string head = FederationUrl(endpoint) + "?Action=login&Issuer=" + PercentEncode(issuer) +
                           "&Destination=" + PercentEncode(destination) + "&SigninToken=";
  std::string encoded = PercentEncode(token.Reveal());
  std::string text;
  text.reserve(head.size() + encoded.size());
  text.append(head).append(encoded);
  Secret url(text);
  Wipe(text);
  Wipe(encoded);
  return url;
}

}  // namespace vouch
