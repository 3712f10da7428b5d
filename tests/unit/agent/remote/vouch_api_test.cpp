#include "remote/vouch_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"
#include "formats/jws.h"
#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr const char* kServer = "https://us.vouch.sh";

class VouchApiTest : public testing::Test {
 protected:
  static HttpResponse Json(int status, const json& body, HttpHeaders headers = {}) {
    return FakeHttpClient::Json(status, body.dump(), std::move(headers));
  }

  // Answers one after the other; the last one stays.
  void Script(std::vector<HttpResponse> answers) {
    http_.answer = [answers = std::move(answers), next = std::size_t{0}](const HttpRequest&) mutable {
      return answers[std::min(next++, answers.size() - 1)];
    };
  }

  template <typename Call>
  Reason ReasonOf(Call call) {
    try {
      call();
    } catch (const Error& error) {
      message_ = error.what();
      return error.reason();
    }
    return REASON_UNSPECIFIED;
  }

  Reason ReasonOfAwsToken() {
    return ReasonOf([this] { api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", ""); });
  }

  static json LoginAnswer() {
    return {{"access_token", "at"}, {"token_type", "DPoP"}, {"expires_in", 28800}, {"email", "alice@example.com"}};
  }

  ManualClock clock_{1'790'000'000};
  FakeHttpClient http_{clock_};
  std::shared_ptr<const ClientKey> key_ = std::make_shared<const ClientKey>(ClientKey::Generate());
  VouchApi api_{http_, clock_, ServerUrl(kServer), key_};
  AccessToken token_{Secret("session.token"), "DPoP"};
  std::string message_;
};

TEST_F(VouchApiTest, RegistersWithTheThreeGrantsAndItsKey) {
  Script({Json(201, {{"client_id", "c1"}})});

  EXPECT_EQ(api_.Register("laptop"), "c1");

  EXPECT_EQ(http_.requests[0].url, "https://us.vouch.sh/oauth/register");
  const json body = json::parse(http_.requests[0].body);
  EXPECT_EQ(body["token_endpoint_auth_method"], "private_key_jwt");
  EXPECT_EQ(body["grant_types"], (json{"urn:ietf:params:oauth:grant-type:device_code",
                                       "urn:ietf:params:oauth:grant-type:fido2-assertion",
                                       "urn:ietf:params:oauth:grant-type:token-exchange"}));
  EXPECT_EQ(body["response_types"], json::array());
  EXPECT_EQ(body["dpop_bound_access_tokens"], true);
  EXPECT_EQ(body["jwks"]["keys"][0]["kid"], key_->kid());
  EXPECT_EQ(body["client_name"], "vouch-cli/laptop");
}

TEST_F(VouchApiTest, AsksForAChallengeWithAssertionAndProof) {
  Script({Json(200, {{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.sh"}, {"state", "s"}})});

  const Challenge challenge = api_.RequestChallenge("c1");

  EXPECT_EQ(challenge.challenge, std::string(32, 'c'));
  EXPECT_EQ(challenge.rp_id, "vouch.sh");
  const HttpRequest& sent = http_.requests[0];
  const json assertion = ParseUnverifiedPayload(FormValue(sent, "client_assertion"));
  EXPECT_EQ(assertion["iss"], "c1");
  EXPECT_EQ(assertion["aud"], kServer);
  const json proof = ParseUnverifiedPayload(HeaderOf(sent, "DPoP"));
  EXPECT_EQ(proof["htu"], "https://us.vouch.sh/oauth/fido2/challenge");
  EXPECT_FALSE(proof.contains("nonce"));
  EXPECT_FALSE(proof.contains("ath"));
}

TEST_F(VouchApiTest, TakesNoChallengeForAnotherSite) {
  Script({Json(200, {{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.example"}, {"state", "s"}})});

  try {
    api_.RequestChallenge("c1");
    FAIL() << "a key would sign for it";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_BAD_ANSWER);
  }
}

TEST_F(VouchApiTest, UsesTheNonceOfTheChallengeForTheLogin) {
  Script({Json(200, {{"challenge", Base64UrlEncode(std::string(32, 'c'))}, {"rp_id", "vouch.sh"}, {"state", "s"}},
               {{"dpop-nonce", "n1"}}),
          Json(200, LoginAnswer())});
  api_.RequestChallenge("c1");

  const LoginToken login = api_.Login("c1", "s", {"id", "data", "sig", "{}", "user"});

  EXPECT_EQ(ParseUnverifiedPayload(HeaderOf(http_.requests[1], "DPoP"))["nonce"], "n1");
  EXPECT_EQ(login.email, "alice@example.com");
  EXPECT_EQ(login.access_token.type, "DPoP");
  EXPECT_EQ(login.expires_at, 1'790'000'000 + 28800 - 30);
  const json sent = json::parse(*Base64UrlDecode(FormValue(http_.requests[1], "assertion")));
  EXPECT_EQ(sent["state"], "s");
  EXPECT_EQ(sent["user_handle"], Base64UrlEncode("user"));
}

TEST_F(VouchApiTest, RepeatsOnceWithTheNonceThatARefusalBrings) {
  Script({Json(400, {{"error", "use_dpop_nonce"}}, {{"dpop-nonce", "n2"}}), Json(200, LoginAnswer())});

  api_.Login("c1", "s", {});

  ASSERT_EQ(http_.requests.size(), 2U);
  EXPECT_EQ(ParseUnverifiedPayload(HeaderOf(http_.requests[1], "DPoP"))["nonce"], "n2");
  EXPECT_NE(FormValue(http_.requests[0], "client_assertion"), FormValue(http_.requests[1], "client_assertion"));
  EXPECT_EQ(FormValue(http_.requests[0], "assertion"), FormValue(http_.requests[1], "assertion"));
}

TEST_F(VouchApiTest, AsksForANonceOnlyOnce) {
  Script({Json(400, {{"error", "use_dpop_nonce"}}, {{"dpop-nonce", "n"}})});

  EXPECT_EQ(ReasonOf([this] { api_.Login("c1", "s", {}); }), REASON_BAD_ANSWER);

  EXPECT_EQ(http_.requests.size(), 2U);
}

TEST_F(VouchApiTest, PutsNoNonceIntoAProofThatIsNone) {
  for (const std::string nonce : {"\xff", "a b", "\"", "\\", "\x7f", ""}) {
    http_.requests.clear();
    Script({Json(200, LoginAnswer(), {{"dpop-nonce", nonce}}), Json(200, LoginAnswer())});
    api_.Login("c1", "s", {});

    EXPECT_NO_THROW(api_.Login("c1", "s", {}));

    EXPECT_FALSE(ParseUnverifiedPayload(HeaderOf(http_.requests[1], "DPoP")).contains("nonce")) << nonce;
  }
}

// Copying what is that deep would use up the stack of a worker.
TEST_F(VouchApiTest, RefusesAnAnswerOfNothingButBrackets) {
  const std::string deep = std::string(120'000, '[') + std::string(120'000, ']');
  const std::string less = std::string(20'000, '[') + std::string(20'000, ']');  // what a token has room for
  const std::string token = "e30." + Base64UrlEncode(R"({"sub":"a","x":)" + less + "}") + ".c2ln";
  const HttpResponse keys = FakeHttpClient::Json(200, R"({"keys":[{"id":"key-1","name":"Blue","x":)" + deep + "}]}");
  Script({keys, Json(200, {{"id_token", token}, {"expires_in", 28800}})});

  EXPECT_EQ(ReasonOf([this] { api_.ListKeys(token_); }), REASON_BAD_ANSWER);
  EXPECT_EQ(ReasonOf([this] { api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", ""); }), REASON_BAD_ANSWER);
}

TEST_F(VouchApiTest, ForgetsANonceAfterFiveMinutes) {
  Script({Json(200, LoginAnswer(), {{"dpop-nonce", "old"}}), Json(200, LoginAnswer())});
  api_.Login("c1", "s", {});

  clock_.Advance(300);
  api_.Login("c1", "s", {});

  EXPECT_FALSE(ParseUnverifiedPayload(HeaderOf(http_.requests[1], "DPoP")).contains("nonce"));
}

TEST_F(VouchApiTest, SignsTheRoleTokenCallAndPinsTheRole) {
  const std::string id = "e30." + Base64UrlEncode(R"({"sub":"alice@example.com"})") + ".c2ln";
  Script({Json(200, {{"id_token", id}, {"expires_in", 28800}})});

  const IdToken token = api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", "claude-code");

  EXPECT_EQ(token.subject, "alice@example.com");
  const HttpRequest& sent = http_.requests[0];
  EXPECT_EQ(sent.url, "https://us.vouch.sh/v1/credentials/aws/token?role_arn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FR");
  EXPECT_EQ(HeaderOf(sent, "Authorization"), "DPoP session.token");
  const json proof = ParseUnverifiedPayload(HeaderOf(sent, "DPoP"));
  EXPECT_EQ(proof["htu"], "https://us.vouch.sh/v1/credentials/aws/token");
  EXPECT_EQ(proof["ath"], Base64UrlEncode(Sha256("session.token")));
  EXPECT_EQ(proof["source"], "claude-code");
  EXPECT_NE(HeaderOf(sent, "Signature-Input").find("\"dpop\""), std::string::npos);
}

TEST_F(VouchApiTest, NeverSendsABoundTokenAsBearer) {
  AccessToken bearer{Secret("old.token"), "Bearer"};
  Script({Json(401, {})});

  EXPECT_THROW(api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", ""), Error);
  EXPECT_THROW(api_.AwsIdToken(bearer, "arn:aws:iam::123456789012:role/R", ""), Error);

  EXPECT_EQ(HeaderOf(http_.requests[0], "Authorization"), "DPoP session.token");
  EXPECT_EQ(HeaderOf(http_.requests[1], "Authorization"), "Bearer old.token");
  EXPECT_EQ(HeaderOf(http_.requests[1], "DPoP"), "");
}

TEST_F(VouchApiTest, TriesTheOtherSignatureEncodingOnceAndRemembersIt) {
  const std::string id = "e30." + Base64UrlEncode(R"({"sub":"alice@example.com"})") + ".c2ln";
  const HttpResponse refused{401, {}, "signature verification failed", 0, 0};
  Script({refused, Json(200, {{"id_token", id}, {"expires_in", 1}})});

  api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", "");
  api_.AwsIdToken(token_, "arn:aws:iam::123456789012:role/R", "");

  ASSERT_EQ(http_.requests.size(), 3U);
  EXPECT_EQ(HeaderOf(http_.requests[0], "Signature").size(), std::string("sig1=::").size() + 88) << "64 bytes r||s";
  EXPECT_NE(HeaderOf(http_.requests[1], "Signature").find("sig1=:ME"), std::string::npos) << "DER SEQUENCE";
  EXPECT_NE(HeaderOf(http_.requests[2], "Signature").find("sig1=:ME"), std::string::npos);
}

TEST_F(VouchApiTest, DoesNotGuessTheEncodingWhenTheServerSaysWhatItMisses) {
  Script({{401, {{"accept-signature", "sig1=()"}}, "signature verification failed", 0, 0}});

  EXPECT_EQ(ReasonOfAwsToken(), REASON_UPSTREAM);

  EXPECT_EQ(http_.requests.size(), 1U);
}

TEST_F(VouchApiTest, KeepsTheSessionApartFromOtherRefusals) {
  Script({Json(401, {{"error", "invalid_token"}}, {{"www-authenticate", "DPoP error=\"invalid_token\""}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_SESSION_REVOKED);
  Script({Json(401, {}, {{"www-authenticate", "DPoP error=\"insufficient_user_authentication\", max_age=60"}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_STEP_UP_REQUIRED);
  Script({Json(401, {}, {{"www-authenticate", "DPoP error=\"invalid_dpop_proof\""}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_UPSTREAM);
  Script({Json(403, {{"error", "hardware_required"}, {"message", "m"}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_STEP_UP_REQUIRED);
  Script({Json(403, {{"error", "user_deactivated"}, {"message", "User is deactivated"}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_DENIED);
  Script({Json(400, {{"error", "invalid_role_arn"}})});
  EXPECT_EQ(ReasonOfAwsToken(), REASON_CONFIGURATION);
}

TEST_F(VouchApiTest, RetriesServerFailuresWithinItsBudget) {
  Script({Json(503, {})});

  EXPECT_EQ(ReasonOfAwsToken(), REASON_UPSTREAM);

  EXPECT_GE(http_.requests.size(), 2U);
  EXPECT_LE(http_.requests.size(), 4U);
  std::int64_t waited = 0;
  for (std::int64_t ms : clock_.sleeps) waited += ms;
  EXPECT_LE(waited, 3500) << "below the shims' deadline of 5 s";
}

TEST_F(VouchApiTest, HonoursRetryAfter) {
  Script({Json(429, {}, {{"retry-after", "1"}}), Json(200, LoginAnswer())});

  api_.Login("c1", "s", {});

  EXPECT_EQ(clock_.sleeps, std::vector<std::int64_t>{1000});
}

TEST_F(VouchApiTest, DoesNotWaitLongerThanItsCallers) {
  Script({Json(429, {}, {{"retry-after", "30"}})});

  EXPECT_EQ(ReasonOfAwsToken(), REASON_RATE_LIMITED);

  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(VouchApiTest, CorrectsItsClockAndTriesOnceMore) {
  const std::string date = "Mon, 21 Sep 2026 14:23:20 GMT";  // ten minutes ahead
  Script({Json(401, {{"error", "invalid_client"}}, {{"date", date}}), Json(200, LoginAnswer(), {{"date", date}})});

  api_.Login("c1", "s", {});

  ASSERT_EQ(http_.requests.size(), 2U);
  const json assertion = ParseUnverifiedPayload(FormValue(http_.requests[1], "client_assertion"));
  EXPECT_EQ(assertion["iat"], 1'790'000'600);
  EXPECT_NEAR(static_cast<double>(api_.clock().offset_ms()), 600'000, 1000);
}

TEST_F(VouchApiTest, MapsLoginRefusals) {
  auto login = [this] { api_.Login("c1", "s", {}); };
  Script({Json(400, {{"error", "invalid_grant"}, {"error_description", "Authentication failed"}})});
  EXPECT_EQ(ReasonOf(login), REASON_LOGIN_REFUSED);
  Script({Json(401, {{"error", "invalid_client"}})});
  EXPECT_EQ(ReasonOf(login), REASON_CLIENT_UNKNOWN);
  Script({Json(400, {{"error", "access_denied"}, {"error_description", "Turn on disk encryption"}})});
  EXPECT_EQ(ReasonOf(login), REASON_DENIED);
  EXPECT_NE(message_.find("Turn on disk encryption"), std::string::npos);
}

TEST_F(VouchApiTest, NeverShowsABodyThatDoesNotParse) {
  Script({{200, {}, "{\"access_token\": \"canary-token", 0, 0}});

  EXPECT_EQ(ReasonOf([this] { api_.Login("c1", "s", {}); }), REASON_BAD_ANSWER);

  EXPECT_EQ(message_.find("canary"), std::string::npos);
}

TEST_F(VouchApiTest, DeepNestingIsNoProblem) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string body = "{\"access_token\":";
    while (body.size() < 200'000) body += open;
    Script({{200, {}, body, 0, 0}});
    EXPECT_EQ(ReasonOf([this] { api_.Login("c1", "s", {}); }), REASON_BAD_ANSWER);
  }
}

TEST_F(VouchApiTest, RefusesWrongTypesAndEmptyTexts) {
  for (json answer : {json{{"access_token", 5}, {"token_type", "DPoP"}, {"expires_in", 5}, {"email", "a"}},
                      json{{"access_token", ""}, {"token_type", "DPoP"}, {"expires_in", 5}, {"email", "a"}},
                      json{{"access_token", "t"}, {"token_type", "mac"}, {"expires_in", 5}, {"email", "a"}},
                      json{{"access_token", "t"}, {"token_type", "DPoP"}, {"expires_in", -5}, {"email", "a"}},
                      json{{"access_token", "t"}, {"token_type", "DPoP"}, {"expires_in", 500}}, json::array()}) {
    Script({Json(200, answer)});
    EXPECT_EQ(ReasonOf([this] { api_.Login("c1", "s", {}); }), REASON_BAD_ANSWER) << answer;
  }
}

TEST_F(VouchApiTest, ShowsForeignTextOnlyInPrintableForm) {
  Script({Json(403, {{"error", "x"}, {"message", "evil\n<3>forged line\x1b[31m" + std::string(500, 'x')}})});

  ReasonOfAwsToken();

  EXPECT_EQ(message_.find('\n'), std::string::npos);
  EXPECT_EQ(message_.find('\x1b'), std::string::npos);
  EXPECT_LT(message_.size(), 200U);
}

TEST_F(VouchApiTest, ExchangesTheSessionForAKubernetesToken) {
  Script({Json(200, {{"access_token", "id.token.x"}, {"token_type", "N_A"}, {"expires_in", 600}})});

  const IdToken token = api_.KubernetesIdToken("c1", token_, "kubernetes");

  EXPECT_EQ(token.token.Reveal(), "id.token.x");
  EXPECT_EQ(token.expires_at, 1'790'000'600);
  EXPECT_EQ(FormValue(http_.requests[0], "subject_token"), "session.token");
  EXPECT_EQ(FormValue(http_.requests[0], "audience"), "kubernetes");
  EXPECT_FALSE(ParseUnverifiedPayload(HeaderOf(http_.requests[0], "DPoP")).contains("ath"));
}

TEST_F(VouchApiTest, ReadsTheEndOfASessionInEitherForm) {
  const std::int64_t now = clock_.Seconds();
  auto end_of = [&](const json& changes) {
    json answer = LoginAnswer();
    answer.update(changes);
    Script({Json(200, answer)});
    return api_.Login("c1", "s", {}).expires_at;
  };
  EXPECT_EQ(end_of({{"expires_in", 20}}), now + 20) << "shorter than the margin of 30 s";
  EXPECT_EQ(end_of({{"expires_at", "2026-09-21T15:13:20Z"}}), 1'790'003'600 - 30) << "before expires_in";
  EXPECT_EQ(end_of({{"expires_at", "soon"}}), now + 28800 - 30);
}

TEST_F(VouchApiTest, KeepsTheAddressInLowerCase) {  // pitfall 17
  json answer = LoginAnswer();
  answer["email"] = "Alice@Example.COM";
  Script({Json(200, answer)});

  EXPECT_EQ(api_.Login("c1", "s", {}).email, "alice@example.com");
}

TEST_F(VouchApiTest, TakesNoOtherKindOfTokenForAnIdToken) {
  for (const char* kind : {"urn:ietf:params:oauth:token-type:access_token", "id_token"}) {
    Script({Json(200, {{"access_token", "a.b.c"}, {"issued_token_type", kind}, {"expires_in", 600}})});
    EXPECT_EQ(ReasonOf([this] { api_.KubernetesIdToken("c1", token_, ""); }), REASON_BAD_ANSWER) << kind;
  }
}

TEST_F(VouchApiTest, RevokesAtTheIssuer) {
  Script({{200, {}, "", 0, 0}});

  EXPECT_TRUE(api_.Revoke("c1", token_));

  EXPECT_EQ(http_.requests[0].url, "https://us.vouch.sh/oauth/revoke");
  EXPECT_EQ(FormValue(http_.requests[0], "token"), "session.token");
  EXPECT_EQ(ParseUnverifiedPayload(FormValue(http_.requests[0], "client_assertion"))["aud"], kServer);
}

TEST_F(VouchApiTest, RevokingNeverThrows) {
  http_.answer = [](const HttpRequest&) -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };

  EXPECT_FALSE(api_.Revoke("c1", token_));
}

}  // namespace
}  // namespace vouch
