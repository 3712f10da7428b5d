#include "remote/eks_api.h"

#include <gtest/gtest.h>

#include <deque>

#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"

namespace vouch {
namespace {

const std::string kCluster = R"({"cluster":{"name":"demo","endpoint":"https://demo.eks.test","status":"ACTIVE"}})";
const std::string kSecret = "canary-secret-access-key";
const std::string kToken = "canary-session-token";

struct EksApiTest : testing::Test {
  // Answers one after the other; the last one for good.
  void Answers(std::deque<HttpResponse> all) {
    http.answer = [all = std::move(all)](const HttpRequest&) mutable {
      HttpResponse next = all.front();
      if (all.size() > 1) all.pop_front();
      return next;
    };
  }

  EksCluster Describe() { return eks.DescribeCluster({"https://eks.eu-central-1.amazonaws.com", "eu-central-1", keys}, "demo"); }

  Error Refused() {
    try {
      Describe();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return Error(REASON_INTERNAL, "nothing was thrown");
  }

  ManualClock clock;
  CorrectedClock aws_clock{clock};
  FakeHttpClient http{clock};
  EksApi eks{http, aws_clock, clock};
  const SigningKeys keys{"ASIA1", kSecret, kToken};
};

HttpResponse Answer(int status, const std::string& body) { return FakeHttpClient::Json(status, body); }
HttpResponse Failure(int status, const std::string& code) { return Answer(status, R"({"__type":")" + code + R"(","message":"no."})"); }

struct Row {
  HttpResponse answer;
  std::size_t calls;
  Reason reason;
};

TEST_F(EksApiTest, EachFailureHasItsReasonAndItsNumberOfCalls) {
  const std::vector<Row> rows = {
      {Failure(500, "ServerException"), 3, REASON_UPSTREAM},
      {Answer(502, "<html>"), 3, REASON_UPSTREAM},
      {Failure(503, "ServiceUnavailableException"), 3, REASON_UPSTREAM},
      {Failure(429, "TooManyRequestsException"), 3, REASON_RATE_LIMITED},
      {Failure(400, "ThrottlingException"), 3, REASON_RATE_LIMITED},
      {Failure(403, "AccessDeniedException"), 1, REASON_DENIED},
      {Answer(403, "{}"), 1, REASON_DENIED},
      {Failure(403, "InvalidSignatureException"), 1, REASON_UPSTREAM},
      {Failure(404, "ResourceNotFoundException"), 1, REASON_CONFIGURATION},
      {Failure(400, "InvalidParameterException"), 1, REASON_UPSTREAM},
      {Answer(200, "no JSON"), 1, REASON_BAD_ANSWER},
      {Answer(200, R"({"cluster":{"name":"another"}})"), 1, REASON_BAD_ANSWER},
      {Answer(200, R"({"cluster":{"name":"demo","endpoint":"http://demo.eks.test"}})"), 1, REASON_BAD_ANSWER},
  };
  for (const Row& row : rows) {
    http.requests.clear();
    clock.sleeps.clear();
    Answers({row.answer});

    const Error error = Refused();

    EXPECT_EQ(error.reason(), row.reason) << row.answer.body << ": " << error.what();
    EXPECT_EQ(http.requests.size(), row.calls) << row.answer.body;
    EXPECT_EQ(clock.sleeps.size(), row.calls - 1) << row.answer.body;
    const std::string said = std::string(error.what()) + error.remedy();
    EXPECT_EQ(said.find("canary"), std::string::npos) << said;
  }
}

TEST_F(EksApiTest, OneFailureOrThrottleIsNotTold) {
  Answers({Failure(500, "ServerException"), Failure(429, "TooManyRequestsException"), Answer(200, kCluster)});

  EXPECT_EQ(Describe().status, "ACTIVE");

  EXPECT_EQ(http.requests.size(), 3U);
  for (std::int64_t pause : clock.sleeps) EXPECT_TRUE(pause >= 100 && pause <= 2000) << pause;
}

TEST_F(EksApiTest, ALostConnectionIsTriedAgain) {
  int calls = 0;
  http.answer = [&](const HttpRequest&) -> HttpResponse {
    if (++calls < 3) throw Error(REASON_UNREACHABLE, "cannot reach it");
    return Answer(200, kCluster);
  };

  EXPECT_EQ(Describe().name, "demo");

  http.answer = [](const HttpRequest&) -> HttpResponse { throw Error(REASON_CONFIGURATION, "no such CA file"); };
  http.requests.clear();
  EXPECT_EQ(Refused().reason(), REASON_CONFIGURATION);
  EXPECT_EQ(http.requests.size(), 1U) << "a mistake on this machine does not mend itself";
}

TEST_F(EksApiTest, ASignatureOfTheWrongTimeIsMadeAgainAtOnce) {
  HttpResponse refused = Failure(403, "InvalidSignatureException");
  refused.headers.emplace_back("date", "Tue, 24 Nov 2026 12:00:00 GMT");
  Answers({refused, Answer(200, kCluster)});

  EXPECT_EQ(Describe().name, "demo");

  EXPECT_EQ(http.requests.size(), 2U);
  EXPECT_TRUE(clock.sleeps.empty());
  EXPECT_EQ(HeaderOf(http.requests[1], "x-amz-date").substr(0, 11), "20261124T12") << "the answer's Date";
}

}  // namespace
}  // namespace vouch
