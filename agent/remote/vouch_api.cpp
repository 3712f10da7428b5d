#include "remote/vouch_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "base/time_format.h"
#include "formats/jws.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view kAssertionGrant = "urn:ietf:params:oauth:grant-type:fido2-assertion";
constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::int64_t kSessionMargin = 30;  // seconds, as the reference client takes off

// The members of a 2xx answer. The text is wiped here; what fails to parse is never shown.
json ParseAnswer(HttpResponse& response, const ServerUrl& server) {
  json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  Wipe(response.body);
  if (!answer.is_object())
    throw Error(REASON_BAD_ANSWER, server.key() + " sent something that is not a JSON object", "is this a Vouch server?");
  return answer;
}

std::string RequireString(const json& answer, const char* member, const ServerUrl& server) {
  auto found = answer.find(member);
  if (found == answer.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
    throw Error(REASON_BAD_ANSWER, server.key() + " sent an answer without \"" + member + "\"");
  return found->get<std::string>();
}

Secret RequireSecret(json& answer, const char* member, const ServerUrl& server) {
  std::string text = RequireString(answer, member, server);
  Secret secret(text);
  Wipe(text);
  Wipe(answer[member].get_ref<std::string&>());
  return secret;
}

std::int64_t FindSeconds(const json& answer, const char* member, std::int64_t otherwise) {
  auto found = answer.find(member);
  if (found == answer.end() || !found->is_number_integer()) return otherwise;
  constexpr std::int64_t kLongest = 31LL * 24 * 3600;
  return std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, kLongest);
}

std::string Base64UrlAssertion(const std::string& state, const Assertion& a) {
  nlohmann::ordered_json members = {{"state", state},
                                    {"credential_id", Base64UrlEncode(a.credential_id)},
                                    {"authenticator_data", Base64UrlEncode(a.authenticator_data)},
                                    {"signature", Base64UrlEncode(a.signature)},
                                    {"client_data_json", Base64UrlEncode(a.client_data_json)},
                                    {"user_handle", Base64UrlEncode(a.user_handle)}};
  return Base64UrlEncode(members.dump());
}

}  // namespace

std::string VouchApi::Register(const std::string& host_name) {
  const json jwk = json::parse(transport_.key().public_jwk());
  const json body = {{"token_endpoint_auth_method", "private_key_jwt"},
                     {"grant_types", {kDeviceGrant, kAssertionGrant, kExchangeGrant}},
                     {"response_types", json::array()},
                     {"dpop_bound_access_tokens", true},
                     {"jwks", {{"keys", json::array({jwk})}}},
                     {"client_name", "vouch-cli/" + host_name},
                     {"software_id", "vouch-cli"},
                     {"software_version", VOUCH_VERSION}};
  HttpResponse response = transport_.PostJson("/oauth/register", body.dump());
  if (response.status / 100 != 2) throw RegistrationError(response, server());
  return RequireString(ParseAnswer(response, server()), "client_id", server());
}

Challenge VouchApi::RequestChallenge(const std::string& client_id) {
  VouchTransport::FormOptions options;
  options.client_id = client_id;
  options.dpop = true;
  options.fapi_headers = true;
  HttpResponse response = transport_.PostForm("/oauth/fido2/challenge", {}, options);
  if (response.status != 200) throw OAuthError(response, server());
  const json answer = ParseAnswer(response, server());
  auto bytes = Base64UrlDecode(RequireString(answer, "challenge", server()));
  constexpr std::size_t kShortest = 16;  // WebAuthn section 13.4.3
  if (!bytes || bytes->size() < kShortest)
    throw Error(REASON_BAD_ANSWER, server().key() + " sent a challenge that is too short or not base64url");
  return {*bytes, RequireString(answer, "rp_id", server()), RequireString(answer, "state", server())};
}

LoginToken VouchApi::Login(const std::string& client_id, const std::string& state, const Assertion& assertion) {
  VouchTransport::FormOptions options;
  options.client_id = client_id;
  options.dpop = true;
  options.fapi_headers = true;
  FormFields fields = {{"grant_type", std::string(kAssertionGrant)},
                       {"assertion", Base64UrlAssertion(state, assertion)},
                       {"scope", "openid email"}};
  HttpResponse response = transport_.PostForm("/oauth/token", fields, options);
  if (response.status != 200) throw OAuthError(response, server());

  json answer = ParseAnswer(response, server());
  std::string type = RequireString(answer, "token_type", server());
  if (type != "DPoP" && type != "Bearer")
    throw Error(REASON_BAD_ANSWER, server().key() + " sent a token of an unknown type");
  const std::int64_t now = clock().NowSeconds();
  std::int64_t expires_at = now + FindSeconds(answer, "expires_in", 0) - kSessionMargin;
  if (auto at = answer.find("expires_at"); at != answer.end() && at->is_string())
    if (auto parsed = ParseRfc3339(at->get_ref<const std::string&>())) expires_at = *parsed - kSessionMargin;
  if (expires_at <= now)  // a session shorter than the margin is still a session
    expires_at = now + FindSeconds(answer, "expires_in", 0);
  if (expires_at <= now) throw Error(REASON_BAD_ANSWER, server().key() + " sent a session that has already ended");
  return {AccessToken(RequireSecret(answer, "access_token", server()), std::move(type)),
          RequireString(answer, "email", server()), expires_at};
}

IdToken VouchApi::AwsIdToken(const AccessToken& session, const std::string& role_arn, const std::string& agent_source) {
  HttpResponse response = transport_.GetSigned("/v1/credentials/aws/token", "role_arn=" + PercentEncode(role_arn),
                                               session, agent_source);
  if (response.status != 200) throw ResourceError(response, server());
  json answer = ParseAnswer(response, server());
  IdToken id{RequireSecret(answer, "id_token", server()), "", clock().NowSeconds() + FindSeconds(answer, "expires_in", 0)};
  const json claims = ParseUnverifiedPayload(id.token.Reveal());
  id.subject = RequireString(claims, "sub", server());
  return id;
}

IdToken VouchApi::KubernetesIdToken(const std::string& client_id, const AccessToken& session,
                                    const std::string& audience) {
  VouchTransport::FormOptions options;
  options.client_id = client_id;
  options.dpop = true;
  FormFields fields = {{"grant_type", std::string(kExchangeGrant)},
                       {"subject_token", std::string(session.token.Reveal())},
                       {"subject_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                       {"requested_token_type", "urn:ietf:params:oauth:token-type:id_token"},
                       {"client_id", client_id},
                       {"audience", audience}};
  HttpResponse response = transport_.PostForm("/oauth/token", fields, options);
  Wipe(fields[1].second);
  if (response.status != 200) throw ExchangeError(response, server());
  json answer = ParseAnswer(response, server());
  constexpr std::int64_t kUnstatedLife = 600;
  const std::int64_t life = FindSeconds(answer, "expires_in", kUnstatedLife);
  return {RequireSecret(answer, "access_token", server()), "", clock().NowSeconds() + life};
}

bool VouchApi::Revoke(const std::string& client_id, const AccessToken& session) noexcept try {
  VouchTransport::FormOptions options;
  options.client_id = client_id;
  options.timeout = Millis(5000);
  options.retry = false;
  FormFields fields = {{"token", std::string(session.token.Reveal())}, {"client_id", client_id}};
  HttpResponse response = transport_.PostForm("/oauth/revoke", fields, options);
  Wipe(fields[0].second);
  return response.status == 200;
} catch (const std::exception& e) {
  LogWarning(std::string("the session could not be revoked at the server: ") + e.what());
  return false;
}

}  // namespace vouch
