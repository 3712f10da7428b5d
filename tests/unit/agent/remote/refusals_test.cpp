// What a Vouch server says no with, and the Reason that each ends in. Written down cell by cell.
#include <gtest/gtest.h>

#include <sstream>

#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

struct Refusal {
  const char* calls;  // separated by a blank
  int status;
  const char* code;   // `error` of the body; "" = no body
  Reason expected;
  const char* challenge = "";  // WWW-Authenticate
};

constexpr const char* kTokenCalls = "RequestChallenge Login StartDeviceFlow PollDeviceFlow KubernetesIdToken";
constexpr const char* kResourceCalls =
    "AwsIdToken ListKeys RenameKey RemoveKey StartKeyRegistration FinishKeyRegistration CheckSession";

const Refusal kRefusals[] = {
    {kTokenCalls, 401, "invalid_client", REASON_CLIENT_UNKNOWN},
    {kTokenCalls, 400, "invalid_client", REASON_CLIENT_UNKNOWN},
    {kTokenCalls, 400, "unauthorized_client", REASON_CLIENT_UNKNOWN},
    {kTokenCalls, 400, "access_denied", REASON_DENIED},
    {kTokenCalls, 400, "invalid_dpop_proof", REASON_UPSTREAM},
    {kTokenCalls, 400, "invalid_request", REASON_BAD_ANSWER},
    {"RequestChallenge Login", 400, "invalid_grant", REASON_LOGIN_REFUSED},
    {"KubernetesIdToken", 400, "invalid_grant", REASON_SESSION_REVOKED},
    {"PollDeviceFlow", 400, "invalid_grant", REASON_ENROLLMENT_EXPIRED},
    {"PollDeviceFlow", 400, "expired_token", REASON_ENROLLMENT_EXPIRED},
    {"Register", 400, "invalid_client_metadata", REASON_BAD_ANSWER},
    {"Register", 401, "invalid_token", REASON_DENIED},

    {kResourceCalls, 401, "", REASON_SESSION_REVOKED},
    {kResourceCalls, 401, "unauthorized", REASON_SESSION_REVOKED},
    {kResourceCalls, 401, "invalid_token", REASON_SESSION_REVOKED, R"(DPoP error="invalid_token")"},
    {kResourceCalls, 401, "", REASON_SESSION_REVOKED, R"(bearer ERROR = "invalid_token")"},
    {kResourceCalls, 401, "", REASON_SESSION_REVOKED, R"(DPoP algs="ES256")"},
    {kResourceCalls, 401, "", REASON_STEP_UP_REQUIRED, R"(DPoP error="insufficient_user_authentication", max_age=60)"},
    {kResourceCalls, 401, "", REASON_STEP_UP_REQUIRED,
     R"(DPoP realm="r", max_age="60", acr_values="phr", error="insufficient_user_authentication")"},
    {kResourceCalls, 403, "hardware_required", REASON_STEP_UP_REQUIRED},
    {kResourceCalls, 403, "user_deactivated", REASON_DENIED},
    // The session survives all of these.
    {kResourceCalls, 401, "", REASON_UPSTREAM, R"(DPoP error="invalid_dpop_proof")"},
    {kResourceCalls, 401, "", REASON_UPSTREAM, R"(DPoP error="use_dpop_nonce")"},
    {kResourceCalls, 401, "server_error", REASON_BAD_ANSWER},
    {kResourceCalls, 401, "invalid_token", REASON_BAD_ANSWER, R"(Basic realm="corporate proxy")"},
    {kResourceCalls, 401, "invalid_token", REASON_BAD_ANSWER, R"(DPoP error="invalid_token)"},
    {"AwsIdToken ListKeys StartKeyRegistration FinishKeyRegistration CheckSession", 404, "not_found", REASON_BAD_ANSWER},

    {"RenameKey RemoveKey", 404, "not_found", REASON_NOT_FOUND},
    {"RenameKey StartKeyRegistration", 400, "invalid_name", REASON_CONFIGURATION},
    {"RenameKey StartKeyRegistration", 409, "name_taken", REASON_CONFIGURATION},
    {"RenameKey StartKeyRegistration", 422, "", REASON_CONFIGURATION},
    {"FinishKeyRegistration", 400, "invalid_attestation", REASON_DENIED},
    {"FinishKeyRegistration", 409, "exists", REASON_KEY_EXISTS},
    {"AwsIdToken", 400, "invalid_role_arn", REASON_CONFIGURATION},
};

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Reason ReasonOf(VouchCallWorld& world, const std::string& call) {
  try {
    VouchCallNamed(call).call(world.api, world.token);
  } catch (const Error& error) {
    EXPECT_LE(std::string(error.what()).size(), 160U);
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

TEST(Refusals, EndInTheirReasons) {
  for (const Refusal& refusal : kRefusals) {
    for (const std::string& call : Words(refusal.calls)) {
      SCOPED_TRACE(call + " " + std::to_string(refusal.status) + " " + refusal.code + " " + refusal.challenge);
      VouchCallWorld world;
      world.http.answer = [&](const HttpRequest&) {
        HttpResponse response{refusal.status, {}, "", 0, 0};
        if (*refusal.code != '\0') response.body = json{{"error", refusal.code}}.dump();
        if (*refusal.challenge != '\0') response.headers.emplace_back("www-authenticate", refusal.challenge);
        return response;
      };

      EXPECT_EQ(ReasonOf(world, call), refusal.expected);

      EXPECT_EQ(world.http.requests.size(), 1U) << "none of these is asked twice";
    }
  }
}

TEST(Refusals, ReadTheCodeInEitherMemberOfAnApiError) {
  VouchCallWorld world;
  for (const char* member : {"error", "code"}) {
    world.http.answer = [&](const HttpRequest&) { return FakeHttpClient::Json(403, json{{member, "hardware_required"}}.dump()); };
    EXPECT_EQ(ReasonOf(world, "AwsIdToken"), REASON_STEP_UP_REQUIRED);
  }
}

TEST(Refusals, AJsonTypeOfTheCodeThatIsWrongIsNoCode) {
  VouchCallWorld world;
  for (const json& code : {json(5), json::array({"invalid_client"}), json{{"error", "invalid_client"}}, json(nullptr)}) {
    world.http.answer = [&](const HttpRequest&) { return FakeHttpClient::Json(400, json{{"error", code}}.dump()); };
    EXPECT_EQ(ReasonOf(world, "Login"), REASON_BAD_ANSWER) << code;
  }
}

TEST(Refusals, OfPolicyShowTheServersText) {
  VouchCallWorld world;
  world.http.answer = [](const HttpRequest&) {
    return FakeHttpClient::Json(400, json{{"error", "access_denied"},
                                          {"error_description", "Turn on disk encryption: https://vouch.example.com/posture"}}
                                         .dump());
  };

  try {
    VouchCallNamed("Login").call(world.api, world.token);
    FAIL() << "must be refused";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "us.vouch.sh refused: Turn on disk encryption: https://vouch.example.com/posture");
  }
}

}  // namespace
}  // namespace vouch
