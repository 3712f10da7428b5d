#include "fakes/fake_vouch.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/encoding.h"
#include "base/time_format.h"

namespace vouch {
namespace {

HttpResponse Json(const nlohmann::json& body) { return FakeHttpClient::Json(200, body.dump()); }

}  // namespace

HttpResponse FakeVouch::Answer(const HttpRequest& request) {
  for (const auto& [part, answer] : instead) {
    if (request.url.find(part) == std::string::npos) continue;
    const auto copy = answer;  // it may take itself out of the map
    return copy();
  }
  auto ends = [&](const char* path) { return request.url.find(path) != std::string::npos; };
  if (ends("/oauth/register")) return Json({{"client_id", "client-" + std::to_string(++registrations)}});
  if (ends("/oauth/fido2/challenge"))
    return Json({{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.sh"}, {"state", "state"}});
  if (ends("/oauth/revoke")) return Json(nlohmann::json::object());
  if (ends("/v1/credentials/aws/token"))
    return Json({{"id_token", "e30." + Base64UrlEncode(nlohmann::json{{"sub", subject}}.dump()) + ".c2ln"},
                 {"expires_in", 28800}});
  if (ends("/oauth/device"))
    return Json({{"device_code", "device.code"}, {"user_code", "WDJB-MJHT"}, {"verification_uri", "https://vouch.test/device"},
                 {"verification_uri_complete", "https://vouch.test/device?code=WDJB-MJHT"}, {"expires_in", 900},
                 {"interval", 5}});
  if (ends("/v1/keys/register/start"))
    return Json({{"challenge", std::vector<int>(32, 7)}, {"rp_id", "vouch.sh"}, {"rp_name", "Vouch"},
                 {"user_id", "00112233-4455-6677-8899-aabbccddeeff"}, {"user_name", subject}, {"algorithms", {-7}},
                 {"state", "registration.state"}, {"exclude_credential_ids", nlohmann::json::array()}});
  if (ends("/v1/keys/register/complete"))
    return Json({{"device_id", "6f1c0000-0000-0000-0000-000000000001"}, {"message", "ok"}});
  if (ends("/v1/keys/") && request.method == "DELETE") return Json({{"message", "ok"}, {"sessions_revoked", 1}});
  if (ends("/v1/keys/")) return Json({{"message", "ok"}});
  if (ends("/v1/keys"))
    return Json({{"keys", {{{"id", "key-1"}, {"name", "Blue"}, {"created_at", "2026-11-01T08:00:00Z"},
                            {"is_current_session", true}}}}});
  if (ends("/v1/auth/status"))
    return Json({{"authenticated", true}, {"email", subject}, {"expires_in_seconds", 100}});
  if (ends("/oauth/token") && request.body.find("token-exchange") != std::string::npos)
    return Json({{"access_token", "kubernetes.id.token"}, {"token_type", "N_A"}, {"expires_in", 600}});
  if (ends("/oauth/token"))
    return Json({{"access_token", "session.token"}, {"token_type", "DPoP"}, {"expires_in", session_seconds},
                 {"email", subject}});
  if (ends("sts.")) return StsAnswer();
  return FakeHttpClient::Json(404, "{}");
}

HttpResponse FakeVouch::StsAnswer() const {
  return {200, {},
          "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret1</SecretAccessKey><SessionToken>st1"
          "</SessionToken><Expiration>" + FormatRfc3339(clock_.Seconds() + sts_seconds) + "</Expiration></Credentials></R>",
          0, 0};
}

}  // namespace vouch
