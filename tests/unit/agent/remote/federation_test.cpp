#include "remote/federation.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_server.h"
#include "remote/curl_http_client.h"

namespace vouch {
namespace {

constexpr const char* kEndpoint = "https://eu-central-1.signin.aws.amazon.com";
const SigningKeys kKeys = {"ASIACANARYKEY", "canary/Secret+1", "canary==Token/2"};

struct Failure {
  Reason reason = REASON_UNSPECIFIED;
  std::string text;  // message and remedy
};

// Whatever fails, nothing of the credentials, of the query or of the answer may be told.
Failure FailureOf(HttpClient& http, const std::string& endpoint) {
  Failure failure;
  try {
    Federation(http).SigninToken(endpoint, kKeys);
  } catch (const Error& error) {
    failure = {error.reason(), std::string(error.what()) + "|" + error.remedy()};
  }
  for (const char* secret : {"CANARY", "canary", "Session=", "sessionKey", "getSigninToken", "\n"})
    EXPECT_EQ(failure.text.find(secret), std::string::npos) << failure.text;
  EXPECT_LE(failure.text.substr(0, failure.text.find('|')).size(), 160U) << failure.text;
  return failure;
}

class FederationTest : public testing::Test {
 protected:
  Failure Answered(int status, const std::string& body, HttpHeaders headers = {}) {
    http_.answer = [=](const HttpRequest&) { return HttpResponse{status, headers, body, 0, 0}; };
    return FailureOf(http_, kEndpoint);
  }

  ManualClock clock_;
  FakeHttpClient http_{clock_};
  Federation federation_{http_};
};

TEST_F(FederationTest, SendsTheDocumentedQuery) {
  http_.answer = [](const HttpRequest&) { return FakeHttpClient::Json(200, R"({"SigninToken":"VCQgs5qZ"})"); };

  const Secret token = federation_.SigninToken(kEndpoint, kKeys);

  EXPECT_EQ(token.Reveal(), "VCQgs5qZ");
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests[0].method, "GET");
  EXPECT_EQ(http_.requests[0].body, "");
  EXPECT_EQ(http_.requests[0].url,
            "https://eu-central-1.signin.aws.amazon.com/federation?Action=getSigninToken&Session="
            "%7B%22sessionId%22%3A%22ASIACANARYKEY%22%2C%22sessionKey%22%3A%22canary%2FSecret%2B1%22%2C"
            "%22sessionToken%22%3A%22canary%3D%3DToken%2F2%22%7D");
  EXPECT_EQ(http_.requests[0].url.find("Duration"), std::string::npos) << "a chained role would be refused";
  EXPECT_LE(http_.requests[0].max_answer_bytes, 64U * 1024);
}

TEST_F(FederationTest, AsksACustomEndpointBelowItsPath) {
  http_.answer = [](const HttpRequest&) { return FakeHttpClient::Json(200, R"({"SigninToken":"T"})"); };

  federation_.SigninToken("http://127.0.0.1:8080/aws", kKeys);

  EXPECT_TRUE(http_.requests[0].url.starts_with("http://127.0.0.1:8080/aws/federation?Action=")) << http_.requests[0].url;
}

TEST_F(FederationTest, RefusesPlainHttpToAnotherMachineBeforeAnythingIsSent) {
  EXPECT_EQ(FailureOf(http_, "http://signin.aws.amazon.com").reason, REASON_CONFIGURATION);
  EXPECT_TRUE(http_.requests.empty());
}

TEST_F(FederationTest, TellsAnAnswersReason) {
  const std::tuple<int, Reason, const char*> expected[] = {
      {400, REASON_DENIED, "vouchctl login"}, {401, REASON_DENIED, "vouchctl login"}, {403, REASON_DENIED, "vouchctl login"},
      {429, REASON_RATE_LIMITED, "minute"},   {500, REASON_UPSTREAM, "try again"},    {502, REASON_UPSTREAM, "try again"},
      {503, REASON_UPSTREAM, "try again"},    {302, REASON_BAD_ANSWER, "AWS_ENDPOINT_URL_SIGNIN"},
      {404, REASON_BAD_ANSWER, "AWS_ENDPOINT_URL_SIGNIN"}};
  for (const auto& [status, reason, remedy] : expected) {
    const Failure failure = Answered(status, "canary: the Session was canary/Secret+1", {{"location", "https://canary.example/"}});
    EXPECT_EQ(failure.reason, reason) << status;
    EXPECT_NE(failure.text.find(remedy), std::string::npos) << failure.text;
    EXPECT_NE(failure.text.find("HTTP " + std::to_string(status)), std::string::npos) << failure.text;
  }
}

TEST_F(FederationTest, TakesNoAnswerWithoutAToken) {
  for (const std::string& body :
       {std::string(), std::string("canary"), std::string("[]"), std::string("{}"), std::string("null"),
        std::string(R"({"SigninToken":null})"), std::string(R"({"SigninToken":7})"), std::string(R"({"SigninToken":""})"),
        std::string(R"({"SigninToken":"canary with blanks"})"), std::string(R"({"SigninToken":"canary\n"})"),
        std::string(R"({"signintoken":"canary"})"), R"({"SigninToken":")" + std::string(16 * 1024 + 1, 'c') + R"("})"})
    EXPECT_EQ(Answered(200, body).reason, REASON_BAD_ANSWER) << body.substr(0, 60);
}

TEST_F(FederationTest, SaysThatASessionTokenIsTooLongForAQuery) {
  const std::string token(8000, 't');
  try {
    federation_.SigninToken(kEndpoint, {"ASIA", "s", token});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  }
  EXPECT_TRUE(http_.requests.empty());
}

// The real client: what it says of a failure never has the URL in it.
TEST(FederationOverTheNetwork, TellsNothingOfTheQuery) {
  using Then = ScriptedServer::Then;
  ManualClock clock;  // no answer is too long in coming by it
  CurlHttpClient http(clock);
  ScriptedServer cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"SigninToken\":\"canary");
  ScriptedServer garbage("220 canary.example ESMTP\r\n", Then::kClose);
  ScriptedServer endless("HTTP/1.1 200 OK\r\n\r\n", Then::kForever);
  ScriptedServer redirect("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/canary\r\nContent-Length: 0\r\n\r\n");
  ScriptedServer nothing("");

  for (ScriptedServer* server : {&cut, &garbage, &endless, &redirect, &nothing})
    EXPECT_EQ(FailureOf(http, server->url()).reason, REASON_BAD_ANSWER) << server->url();
  EXPECT_EQ(FailureOf(http, "http://127.0.0.1:1").reason, REASON_UNREACHABLE);
  EXPECT_EQ(FailureOf(http, "https://signin.invalid").reason, REASON_UNREACHABLE);
  ASSERT_EQ(redirect.requests().size(), 1U);
  EXPECT_TRUE(redirect.requests()[0].starts_with("GET /federation?Action=getSigninToken&Session=%7B%22sessionId%22"));
}

TEST(ConsoleLogin, IsOneEncodedUrl) {
  const Secret url = ConsoleLoginUrl(kEndpoint, "https://us.vouch.sh",
                                     "https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1#Instances:",
                                     Secret("a+b/c=&x"));
  EXPECT_EQ(url.Reveal(),
            "https://eu-central-1.signin.aws.amazon.com/federation?Action=login&Issuer=https%3A%2F%2Fus.vouch.sh"
            "&Destination=https%3A%2F%2Feu-central-1.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Deu-central-1%23Instances%3A"
            "&SigninToken=a%2Bb%2Fc%3D%26x");
}

}  // namespace
}  // namespace vouch
