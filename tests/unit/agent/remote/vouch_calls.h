// Every call of VouchApi, each with the answer that a server gives when all is well: for the tests that go through all of them.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"
#include "remote/vouch_api.h"

namespace vouch {

// Secrets of the calls below. None may ever be part of a message.
inline const std::string kSessionToken = "canary-session." + std::string(60, 's') + ".c2ln";
inline const std::string kDeviceCode = "canary-device." + std::string(40, 'd');
inline const std::string kNewToken = "canary-token." + std::string(60, 't') + ".c2ln";
inline const std::string kIdToken =
    "e30." + Base64UrlEncode(R"({"sub":"alice@example.com","canary":"canary-id-token"})") + ".c2ln";

struct VouchCall {
  std::string name;
  nlohmann::json answer;
  std::function<void(VouchApi&, const AccessToken&)> call;  // throws where Revoke says false, so that all are alike
};

struct NotRevoked {};

inline nlohmann::json LoginAnswer() {
  return {{"access_token", kNewToken}, {"token_type", "DPoP"}, {"expires_in", 28800}, {"email", "alice@example.com"}};
}

inline nlohmann::json StartAnswer() {
  using nlohmann::json;
  return {{"challenge", std::vector<int>(32, 7)},
          {"rp_id", "vouch.sh"},
          {"rp_name", "Vouch"},
          {"user_id", "00112233-4455-6677-8899-aabbccddeeff"},
          {"user_name", "alice@example.com"},
          {"algorithms", json::array({-7})},
          {"state", "registration.state"},
          {"exclude_credential_ids", json::array({json::array({1, 2, 255})})}};
}

inline std::vector<VouchCall> AllVouchCalls() {
  using nlohmann::json;
  const json key = {{"id", "key-1"},          {"name", "Blue"},          {"created_at", "2026-11-01T08:00:00Z"},
                    {"is_current_session", true}, {"device_model", "YubiKey 5"}, {"aaguid", "2fc0579f"}};
  return {
      {"Register", {{"client_id", "c1"}}, [](VouchApi& api, const AccessToken&) { api.Register("laptop"); }},
      {"RequestChallenge",
       {{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.sh"}, {"state", "login.state"}},
       [](VouchApi& api, const AccessToken&) { api.RequestChallenge("c1"); }},
      {"Login", LoginAnswer(),
       [](VouchApi& api, const AccessToken&) { api.Login("c1", "s", {"id", "data", "sig", "{}", "user"}); }},
      {"StartDeviceFlow",
       {{"device_code", kDeviceCode},
        {"user_code", "WDJB-MJHT"},
        {"verification_uri", "https://vouch.test/device"},
        {"verification_uri_complete", "https://vouch.test/device?code=WDJB-MJHT"},
        {"expires_in", 900},
        {"interval", 5}},
       [](VouchApi& api, const AccessToken&) { api.StartDeviceFlow("c1"); }},
      {"PollDeviceFlow", LoginAnswer(),
       [](VouchApi& api, const AccessToken&) { api.PollDeviceFlow("c1", Secret(kDeviceCode)); }},
      {"AwsIdToken", {{"id_token", kIdToken}, {"expires_in", 28800}},
       [](VouchApi& api, const AccessToken& session) {
         api.AwsIdToken(session, "arn:aws:iam::123456789012:role/R", "");
       }},
      {"KubernetesIdToken",
       {{"access_token", kIdToken},
        {"issued_token_type", "urn:ietf:params:oauth:token-type:id_token"},
        {"token_type", "N_A"},
        {"expires_in", 600}},
       [](VouchApi& api, const AccessToken& session) { api.KubernetesIdToken("c1", session, "kubernetes"); }},
      {"ListKeys", {{"keys", json::array({key})}},
       [](VouchApi& api, const AccessToken& session) { api.ListKeys(session); }},
      {"RenameKey", {{"message", "ok"}},
       [](VouchApi& api, const AccessToken& session) { api.RenameKey(session, "key-1", "Green"); }},
      {"RemoveKey", {{"message", "ok"}, {"sessions_revoked", 1}},
       [](VouchApi& api, const AccessToken& session) { api.RemoveKey(session, "key-1"); }},
      {"StartKeyRegistration", StartAnswer(),
       [](VouchApi& api, const AccessToken& session) { api.StartKeyRegistration(session, "Green"); }},
      {"FinishKeyRegistration", {{"device_id", "6f1c0000-0000-0000-0000-000000000001"}, {"message", "ok"}},
       [](VouchApi& api, const AccessToken& session) {
         api.FinishKeyRegistration(session, "registration.state", {"id", "key", "object", "{}"});
       }},
      {"CheckSession",
       {{"authenticated", true}, {"email", "alice@example.com"}, {"expires_in_seconds", 100}, {"device_name", "Blue"}},
       [](VouchApi& api, const AccessToken& session) { api.CheckSession(session); }},
      {"Revoke", json::object(),
       [](VouchApi& api, const AccessToken& session) {
         if (!api.Revoke("c1", session)) throw NotRevoked();
       }},
  };
}

inline VouchCall VouchCallNamed(const std::string& name) {
  for (VouchCall& call : AllVouchCalls())
    if (call.name == name) return call;
  throw std::logic_error("no call is named " + name);
}

// One server's client, with a network that is a function.
struct VouchCallWorld {
  explicit VouchCallWorld(const std::string& token_type = "DPoP") : token(Secret(kSessionToken), token_type) {}

  ManualClock clock{1'790'000'000};
  FakeHttpClient http{clock};
  std::shared_ptr<const ClientKey> key = std::make_shared<const ClientKey>(ClientKey::Generate());
  VouchApi api{http, clock, ServerUrl("https://us.vouch.sh"), key};
  AccessToken token;
};

// The parameters of a form body, decoded enough for what is compared here.
inline std::string FormValue(const HttpRequest& request, const std::string& name) {
  const std::string body = "&" + request.body;
  const std::size_t at = body.find("&" + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 2;
  return body.substr(start, body.find('&', start) - start);
}

}  // namespace vouch
