// A Vouch server and an STS in one function for FakeHttpClient: answers every endpoint well unless told otherwise. It checks
// nothing (the sandbox does); tests look at the requests themselves.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.h"
#include "base/time_format.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"

namespace vouch {

class FakeVouch {
 public:
  FakeVouch(FakeHttpClient& http, const ManualClock& clock) : http_(http), clock_(clock) {
    http_.answer = [this](const HttpRequest& request) { return Answer(request); };
  }

  // Overrides for URLs that contain the key.
  std::map<std::string, std::function<HttpResponse()>> instead;
  std::string subject = "alice@example.com";
  std::int64_t session_seconds = 28800;
  std::int64_t sts_seconds = 3600;
  int registrations = 0;

 private:
  HttpResponse Answer(const HttpRequest& request) {
    for (const auto& [part, answer] : instead) {
      if (request.url.find(part) == std::string::npos) continue;
      const auto copy = answer;  // it may take itself out of the map
      return copy();
    }
    auto ends = [&](const char* path) { return request.url.find(path) != std::string::npos; };
    if (ends("/oauth/register")) return Json({{"client_id", "client-" + std::to_string(++registrations)}});
    if (ends("/oauth/fido2/challenge"))
      return Json({{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.test"}, {"state", "state"}});
    if (ends("/oauth/revoke")) return Json(nlohmann::json::object());
    if (ends("/v1/credentials/aws/token"))
      return Json({{"id_token", "e30." + Base64UrlEncode(nlohmann::json{{"sub", subject}}.dump()) + ".c2ln"},
                   {"expires_in", 28800}});
    if (ends("/oauth/token") && request.body.find("token-exchange") != std::string::npos)
      return Json({{"access_token", "kubernetes.id.token"}, {"token_type", "N_A"}, {"expires_in", 600}});
    if (ends("/oauth/token"))
      return Json({{"access_token", "session.token"}, {"token_type", "DPoP"}, {"expires_in", session_seconds},
                   {"email", subject}});
    if (ends("sts.")) return StsAnswer();
    return FakeHttpClient::Json(404, "{}");
  }

  HttpResponse StsAnswer() const {
    return {200, {},
            "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret1</SecretAccessKey><SessionToken>st1"
            "</SessionToken><Expiration>" + FormatRfc3339(clock_.Seconds() + sts_seconds) + "</Expiration></Credentials></R>",
            0, 0};
  }

  static HttpResponse Json(const nlohmann::json& body) { return FakeHttpClient::Json(200, body.dump()); }

  FakeHttpClient& http_;
  const ManualClock& clock_;
};

}  // namespace vouch
