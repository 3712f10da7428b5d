#include "remote/vouch_api.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "base/time_format.h"
#include "formats/jws.h"
#include "remote/answer.h"
#include "remote/relying_party.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view kAssertionGrant = "urn:ietf:params:oauth:grant-type:fido2-assertion";
constexpr std::string_view kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::int64_t kSessionMargin = 30;  // seconds, as the reference client takes off

constexpr std::size_t kLongestState = 16 * 1024;
constexpr std::size_t kLongestName = 253;    // of a host, and of an e-mail address nearly
constexpr std::int64_t kLongestLife = 31LL * 24 * 3600;  // seconds

struct WipedField {
  std::string& text;
  ~WipedField() { Wipe(text); }
};

VouchTransport::FormOptions AsClient(const std::string& client_id, bool dpop, bool fapi_headers) {
  VouchTransport::FormOptions options;
  options.client_id = client_id;
  options.dpop = dpop;
  options.fapi_headers = fapi_headers;
  return options;
}

// RFC 6749 section 7.1: the type in any case. Anything but these two would be sent in a way that nobody asked for.
std::string TokenType(const Answer& answer) {
  const std::string type = LowerAscii(answer.Word("token_type", 32));
  if (type == "dpop") return "DPoP";
  if (type == "bearer") return "Bearer";
  answer.Refuse("token_type");
}

// The session in the answer of /oauth/token, after a login and after an enrolment.
LoginToken SessionIn(Answer& answer, std::int64_t now) {
  std::string type = TokenType(answer);
  const std::int64_t life = answer.NumberOr("expires_in", 0, 0, kLongestLife);
  std::int64_t expires_at = now + life - kSessionMargin;
  if (auto at = answer.TimeIfAny("expires_at")) expires_at = std::min(*at, now + kLongestLife) - kSessionMargin;
  if (expires_at <= now) expires_at = now + life;  // a session shorter than the margin is still a session
  if (expires_at <= now) answer.Refuse("expires_in");
  std::string email = LowerAscii(answer.Text("email", kLongestName));  // pitfall 17: people are compared by it
  return {AccessToken(answer.TakeSecret("access_token"), std::move(type)), std::move(email), expires_at};
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
  HttpResponse response = transport_.PostJson("/oauth/register", JsonText(body));
  if (response.status / 100 != 2) throw RegistrationError(response, server());
  return Answer(response, server()).Word("client_id", 1024);
}

Challenge VouchApi::RequestChallenge(const std::string& client_id) {
  HttpResponse response = transport_.PostForm("/oauth/fido2/challenge", {}, AsClient(client_id, true, true));
  if (response.status != 200) throw OAuthError(response, server());
  const Answer answer(response, server());
  auto bytes = Base64UrlDecode(answer.Word("challenge", 2048));
  constexpr std::size_t kShortest = 16;  // WebAuthn section 13.4.3
  if (!bytes || bytes->size() < kShortest)
    ThrowBadAnswer(server(), "a challenge that is too short or not base64url");
  const std::string rp_id = answer.Word("rp_id", kLongestName);
  RequireOwnRelyingParty(server(), rp_id);
  return {*bytes, rp_id, answer.Word("state", kLongestState)};
}

LoginToken VouchApi::Login(const std::string& client_id, const std::string& state, const Assertion& assertion,
                           const std::string& authorization_details) {
  const FormFields fields = {{"grant_type", std::string(kAssertionGrant)},
                             {"assertion", Base64UrlAssertion(state, assertion)},
                             {"scope", "openid email"},
                             {"authorization_details", authorization_details}};
  HttpResponse response = transport_.PostForm("/oauth/token", fields, AsClient(client_id, true, true));
  if (response.status != 200) throw OAuthError(response, server());
  Answer answer(response, server());
  return SessionIn(answer, clock().NowSeconds());
}

DeviceAuthorization VouchApi::StartDeviceFlow(const std::string& client_id) {
  constexpr std::int64_t kLongestWait = 1800, kShortestInterval = 1, kDefaultInterval = 5, kLongestInterval = 600;
  HttpResponse response =
      transport_.PostForm("/oauth/device", {{"client_id", client_id}}, AsClient(client_id, false, false));
  if (response.status != 200) throw DeviceError(response, server());
  Answer answer(response, server());
  DeviceAuthorization device;
  device.device_code = answer.TakeSecret("device_code");
  device.user_code = answer.Text("user_code", 64);
  if (Printable(device.user_code) != device.user_code) answer.Refuse("user_code");
  device.verification_uri = answer.WebPage("verification_uri");
  device.verification_uri_complete = answer.WebPageOrEmpty("verification_uri_complete");
  device.expires_in = answer.Number("expires_in", 0, kLongestWait);
  if (device.expires_in == 0) answer.Refuse("expires_in");
  device.interval =
      static_cast<int>(answer.NumberOr("interval", kDefaultInterval, kShortestInterval, kLongestInterval));
  return device;
}

DevicePoll VouchApi::PollDeviceFlow(const std::string& client_id, const Secret& device_code) {
  VouchTransport::FormOptions options = AsClient(client_id, true, true);
  options.retry = false;
  FormFields fields = {{"grant_type", std::string(kDeviceGrant)}, {"device_code", std::string(device_code.Reveal())}};
  const WipedField wiped{fields[1].second};
  HttpResponse response = transport_.PostForm("/oauth/token", fields, options);
  if (response.status == 200) {
    Answer answer(response, server());
    return {DevicePoll::State::kDone, SessionIn(answer, clock().NowSeconds())};
  }
  const std::string code = response.status / 100 == 4 ? OAuthErrorCode(response) : std::string();
  if (code == "authorization_pending") return {DevicePoll::State::kPending, std::nullopt};
  if (code == "slow_down") return {DevicePoll::State::kSlowDown, std::nullopt};
  throw DeviceError(response, server());
}

IdToken VouchApi::AwsIdToken(const AccessToken& session, const std::string& role_arn, const std::string& agent_source) {
  VouchTransport::SignedCall call;
  call.path = "/v1/credentials/aws/token";
  call.query = "role_arn=" + PercentEncode(role_arn);
  call.agent_source = agent_source;
  HttpResponse response = transport_.SendAs(session, call);
  if (response.status != 200) throw ResourceError(response, server());
  Answer answer(response, server());
  const std::int64_t life = answer.NumberOr("expires_in", 0, 0, kLongestLife);
  IdToken id{answer.TakeSecret("id_token"), "", clock().NowSeconds() + life};
  id.subject = Answer(ParseUnverifiedPayload(id.token.Reveal()), server()).Text("sub");
  return id;
}

IdToken VouchApi::KubernetesIdToken(const std::string& client_id, const AccessToken& session,
                                    const std::string& audience) {
  constexpr std::string_view kIdToken = "urn:ietf:params:oauth:token-type:id_token";
  FormFields fields = {{"grant_type", std::string(kExchangeGrant)},
                       {"subject_token", std::string(session.token.Reveal())},
                       {"subject_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                       {"requested_token_type", std::string(kIdToken)},
                       {"client_id", client_id},
                       {"audience", audience}};
  const WipedField wiped{fields[1].second};
  HttpResponse response = transport_.PostForm("/oauth/token", fields, AsClient(client_id, true, false));
  if (response.status != 200) throw ExchangeError(response, server());
  Answer answer(response, server());
  // A session token must never be taken for an ID token and handed to kubectl.
  const std::string type = answer.TextOrEmpty("issued_token_type");
  if (!type.empty() && type != kIdToken) answer.Refuse("issued_token_type");
  constexpr std::int64_t kUnstatedLife = 600;
  const std::int64_t life = answer.NumberOr("expires_in", kUnstatedLife, 0, kLongestLife);
  return {answer.TakeSecret("access_token"), "", clock().NowSeconds() + life};
}

bool VouchApi::Revoke(const std::string& client_id, const AccessToken& session) noexcept try {
  VouchTransport::FormOptions options = AsClient(client_id, false, false);
  options.timeout = Millis(5000);
  options.retry = false;
  FormFields fields = {{"token", std::string(session.token.Reveal())}, {"client_id", client_id}};
  const WipedField wiped{fields[0].second};
  return transport_.PostForm("/oauth/revoke", fields, options).status == 200;
} catch (const std::exception& e) {
  LogWarning(std::string("the session could not be revoked at the server: ") + e.what());
  return false;
}

}  // namespace vouch
