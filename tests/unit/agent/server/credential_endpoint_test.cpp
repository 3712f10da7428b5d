#include "server/credential_endpoint.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/agent/server/endpoint_world.h"

namespace vouch {
namespace {

constexpr const char* kWrongToken = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

using CredentialEndpointTest = EndpointWorld;

TEST_F(CredentialEndpointTest, AnswersWhoShowsTheToken) {
  world_.LogIn();
  const auto grant = Open();

  const Reply reply = Ask(*grant);

  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(reply["AccessKeyId"], "ASIADEVELOPER");
  EXPECT_EQ(reply["SecretAccessKey"], "canary-secret");
  EXPECT_EQ(reply["Token"], "canary-token");
  EXPECT_EQ(reply["Expiration"], FormatRfc3339(world_.clock.Seconds() + 3600));
  EXPECT_EQ(reply["AccountId"], "123456789012");
  EXPECT_NE(reply.head.find("Cache-Control: no-store"), std::string::npos);
  EXPECT_EQ(reply.head.find("Access-Control-"), std::string::npos) << "no page of a browser may read it";
}

TEST_F(CredentialEndpointTest, RefusesEveryOtherRequestWithoutAskingAnybody) {
  world_.LogIn();
  const auto grant = Open();
  const int port = PortOf(*grant);
  const std::string host = "Host: 127.0.0.1:" + std::to_string(port) + "\r\n";
  const std::string token = "Authorization: " + TokenOf(*grant) + "\r\n";
  struct Case {
    const char* what;
    int status;
    std::string text;
  };
  const std::vector<Case> cases = {
      {"no token", 401, "GET / HTTP/1.1\r\n" + host + "\r\n"},
      {"an empty token", 401, "GET / HTTP/1.1\r\n" + host + "Authorization:\r\n\r\n"},
      {"a wrong token", 401, "GET / HTTP/1.1\r\n" + host + "Authorization: " + kWrongToken + "\r\n\r\n"},
      {"a part of the token", 401, "GET / HTTP/1.1\r\n" + host + "Authorization: " + TokenOf(*grant).substr(0, 42) + "\r\n\r\n"},
      {"the token as Bearer", 401, "GET / HTTP/1.1\r\n" + host + "Authorization: Bearer " + TokenOf(*grant) + "\r\n\r\n"},
      {"two tokens", 401, "GET / HTTP/1.1\r\n" + host + token + "Authorization: " + kWrongToken + "\r\n\r\n"},
      {"the token in the URL", 401, "GET /?token=" + TokenOf(*grant) + " HTTP/1.1\r\n" + host + "\r\n"},
      {"a name that resolves to loopback", 403, "GET / HTTP/1.1\r\nHost: evil.example\r\n" + token + "\r\n"},
      {"another port", 403, "GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n" + token + "\r\n"},
      {"no Host", 403, "GET / HTTP/1.1\r\n" + token + "\r\n"},
      {"two Hosts", 403, "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n" + token + "\r\n"},
      {"a page's origin", 403, "GET / HTTP/1.1\r\n" + host + token + "Origin: https://evil.example\r\n\r\n"},
      {"a preflight", 403, "OPTIONS / HTTP/1.1\r\n" + host + "Origin: null\r\n\r\n"},
      {"POST", 405, "POST / HTTP/1.1\r\n" + host + token + "Content-Length: 0\r\n\r\n"},
      {"PUT with a body", 405, "PUT / HTTP/1.1\r\n" + host + token + "Content-Length: 2\r\n\r\n{}"},
      {"GET with a body", 400, "GET / HTTP/1.1\r\n" + host + token + "Content-Length: 2\r\n\r\n{}"},
      {"another path", 404, "GET /latest/meta-data/ HTTP/1.1\r\n" + host + token + "\r\n"},
      {"a whole URL", 404, "GET http://evil.example/ HTTP/1.1\r\n" + host + token + "\r\n"},
      {"no HTTP", 400, "hello\r\n\r\n"},
  };

  for (const Case& each : cases) {
    const Reply reply = Send(port, each.text);
    EXPECT_EQ(reply.status, each.status) << each.what;
    EXPECT_EQ(reply["code"], "refused") << each.what;
    EXPECT_EQ((reply.head + reply.body).find("canary"), std::string::npos) << each.what;
    EXPECT_EQ((reply.head + reply.body).find(TokenOf(*grant)), std::string::npos) << each.what;
  }
  EXPECT_TRUE(world_.http.To("sts.").empty());
  EXPECT_EQ(Ask(*grant).status, 200) << "and goes on serving";
}

TEST_F(CredentialEndpointTest, RefusesAHeaderWithoutAnEnd) {
  const auto grant = Open();

  const Reply reply = Send(PortOf(*grant), "GET / HTTP/1.1\r\nX: " + std::string(9000, 'a'));

  EXPECT_EQ(reply.status, 431);
}

TEST_F(CredentialEndpointTest, ClosesAConnectionThatTakesTooLong) {
  limits_.read = milliseconds(300);
  const auto grant = Open();

  constexpr int kDrops = 1000;  // of 20 ms each
  const int sent = Until(std::async(std::launch::async, [port = PortOf(*grant)] {
    RawClient client(port);
    int count = 0;
    for (; count < kDrops && client.Send(count == 0 ? "GET / HTTP/1.1\r\nX: a" : "a"); ++count)
      std::this_thread::sleep_for(milliseconds(20));
    return count;
  }));

  EXPECT_LT(sent, kDrops);
}

TEST_F(CredentialEndpointTest, AHundredRequestsAtOnceMakeOneFlight) {
  world_.LogIn();
  const auto grant = Open();
  const std::string text = Request(PortOf(*grant), TokenOf(*grant));

  const int good = Until(std::async(std::launch::async, [port = PortOf(*grant), text] {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<RawClient>(port));
    for (auto& client : clients) client->Send(text);
    int count = 0;
    for (auto& client : clients) count += Reply(client->Receive()).status == 200 ? 1 : 0;
    return count;
  }));

  EXPECT_EQ(good, 100);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
  EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), 1U);
}

TEST_F(CredentialEndpointTest, AGrantThatHasEndedIsRefusedAndTheLastOneClosesThePort) {
  world_.LogIn();
  auto first = Open();
  auto second = Open();
  const int port = PortOf(*first);
  ASSERT_EQ(PortOf(*second), port) << "one port serves all";
  const std::string text = Request(port, TokenOf(*first));

  first.reset();
  EXPECT_EQ(Send(port, text).status, 401);
  EXPECT_EQ(Ask(*second).status, 200);

  second.reset();
  loop_.restart();
  loop_.poll();
  EXPECT_FALSE(RawClient(port).connected);
}

TEST_F(CredentialEndpointTest, AGrantThatEndsDuringTheFetchGetsNothing) {
  world_.LogIn();
  workers_hang_ = true;
  auto other = Open();
  auto grant = Open();
  auto reply = std::async(std::launch::async, [port = PortOf(*grant), text = Request(PortOf(*grant), TokenOf(*grant))] {
    RawClient client(port);
    client.Send(text);
    return client.Receive();
  });
  while (world_.steps.posted.empty()) loop_.restart(), loop_.run_for(milliseconds(2));

  grant.reset();
  workers_hang_ = false;

  EXPECT_EQ(Reply(Until(std::move(reply))).status, 401);
}

TEST_F(CredentialEndpointTest, TwoGrantsOfTwoRolesNeverMix) {
  world_.LogIn();
  const auto developer = Open(kDeveloper), auditor = Open(kAuditor);

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(*developer)["AccessKeyId"], "ASIADEVELOPER");
    EXPECT_EQ(Ask(*auditor)["AccessKeyId"], "ASIAAUDITOR");
  }
  EXPECT_NE(TokenOf(*developer), TokenOf(*auditor));
}

TEST_F(CredentialEndpointTest, AGrantOfAnAiAgentIsReadOnly) {
  world_.LogIn();
  const auto person = Open(), agent = Open(kDeveloper, "claude-code");

  EXPECT_EQ(Ask(*person).status, 200);
  EXPECT_EQ(Ask(*agent).status, 200);

  const auto calls = world_.http.To("sts.");
  ASSERT_EQ(calls.size(), 2U) << "each has an entry of its own in the cache";
  EXPECT_EQ(calls[0].body.find("ReadOnlyAccess"), std::string::npos);
  EXPECT_NE(calls[1].body.find("ReadOnlyAccess"), std::string::npos);
}

TEST_F(CredentialEndpointTest, AFailureSaysWhyAndWhatToDoAndALogoutDoesNotEndTheGrant) {
  const auto grant = Open();

  const Reply before = Ask(*grant);
  EXPECT_EQ(before.status, 401);
  EXPECT_EQ(before["code"], "not_logged_in");
  EXPECT_NE(before["message"].find("vouchctl login"), std::string::npos);

  world_.LogIn();
  EXPECT_EQ(Ask(*grant).status, 200);
  world_.login.Logout("");
  EXPECT_EQ(Ask(*grant)["code"], "not_logged_in");
  world_.LogIn();
  EXPECT_EQ(Ask(*grant).status, 200);
  EXPECT_TRUE(ended_.empty());
}

TEST_F(CredentialEndpointTest, ARefusalOfAwsIsTold) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse {
    return {403, {}, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", 0, 0};
  };
  const auto grant = Open();

  const Reply reply = Ask(*grant);

  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply["code"], "denied");
  EXPECT_EQ(reply.body.find("id_token"), std::string::npos);
}

TEST_F(CredentialEndpointTest, AFetchThatTakesLongIsAnsweredInTimeAndTheNextAttemptHasIt) {
  EXPECT_LE(CredentialEndpoints::Limits().answer, milliseconds(1500)) << "botocore waits for 2 s";
  limits_.answer = milliseconds(100);
  world_.LogIn();
  const auto grant = Open();

  workers_hang_ = true;
  const Reply reply = Ask(*grant);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply["code"], "unreachable");

  workers_hang_ = false;
  world_.steps.RunPosted();
  EXPECT_EQ(Ask(*grant).status, 200);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
}

TEST_F(CredentialEndpointTest, WhileTheRenewalHangsTheOldCredentialIsGiven) {
  limits_.answer = milliseconds(100);
  world_.LogIn();
  AwsCaller caller;
  caller.role_arn = kDeveloper;
  given_.aws.Get(ResolveAwsRequest(caller), [](const auto&) {});
  world_.steps.RunPosted();
  const auto grant = Open();
  const std::string end = FormatRfc3339(world_.clock.Seconds() + 3600);

  world_.clock.Advance(3600 - 300);
  workers_hang_ = true;
  const Reply reply = Ask(*grant);

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply["Expiration"], end);
  world_.clock.Advance(301);
  EXPECT_EQ(Ask(*grant).status, 503) << "but not when it is over";
}

TEST_F(CredentialEndpointTest, EachAnswerIsALineOfTheAuditLog) {
  limits_.answer = milliseconds(100);
  world_.LogIn();
  const auto grant = Open();

  workers_hang_ = true;
  Ask(*grant);
  workers_hang_ = false;
  world_.steps.RunPosted();
  EXPECT_EQ(given_.Told(), "endpoint_answer unreachable") << "the fetch that came too late was no answer";
  Ask(*grant);
  Send(PortOf(*grant), Request(PortOf(*grant), kWrongToken));

  EXPECT_EQ(given_.Told(), "endpoint_answer unreachable, endpoint_answer ok") << "nobody knows whose the wrong token is";
  EXPECT_EQ(given_.Lines()[1]["role"], kDeveloper);
  EXPECT_EQ(given_.Lines()[1]["pid"], caller_.peer.pid);
}

TEST_F(CredentialEndpointTest, ALockRefusesTheOldCredentialToo) {
  limits_.answer = seconds(2);
  world_.LogIn();
  const auto grant = Open();
  ASSERT_EQ(Ask(*grant).status, 200);
  given_.guard.Hold(/*until_login=*/false);

  Reply reply = Ask(*grant);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply["code"], "locked");
  EXPECT_EQ(reply.body.find("ASIA"), std::string::npos);

  given_.guard.Unlock();
  world_.clock.Advance(3600 - 300);
  workers_hang_ = true;
  auto asked = std::async(std::launch::async, [&] {
    RawClient client(PortOf(*grant));
    client.Send(Request(PortOf(*grant), TokenOf(*grant)));
    return client.Receive();
  });
  while (world_.steps.posted.empty()) loop_.restart(), loop_.run_for(milliseconds(2));
  given_.guard.Hold(false);
  reply = Reply(Until(std::move(asked)));
  EXPECT_EQ(reply.status, 503) << "who waited when it was locked does not get the old one";
  EXPECT_EQ(reply.body.find("ASIA"), std::string::npos);
}

TEST_F(CredentialEndpointTest, AnEarlierPortIsTakenUpAgainWithAnotherToken) {
  world_.LogIn();
  std::unique_ptr<CredentialEndpoints::Grant> grant;
  int port = 0;
  std::string old_token, url;
  for (int attempt = 0; attempt < 10 && !grant; ++attempt) {
    grant = Open();
    port = PortOf(*grant);
    old_token = TokenOf(*grant);
    url = grant->url();
    grant.reset();
    loop_.restart();
    loop_.poll();

    try {
      grant = Open(kDeveloper, "", ResumedPort(url, old_token));
    } catch (const Error& error) {  // another program may have taken it meanwhile
      ASSERT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
    }
  }

  ASSERT_NE(grant, nullptr);
  EXPECT_EQ(grant->url(), url);
  EXPECT_EQ(Ask(*grant).status, 200);
  EXPECT_EQ(Send(port, Request(port, old_token)).status, 401) << "whoever had the port meanwhile may know it";
  const auto other = Open(kAuditor, "", static_cast<std::uint16_t>(port));
  EXPECT_EQ(Ask(*other)["AccessKeyId"], "ASIAAUDITOR");
}

TEST_F(CredentialEndpointTest, APortThatIsTakenIsNotShared) {
  boost::asio::io_context elsewhere;
  CredentialEndpoints another(elsewhere, given_.hand_outs);
  AwsCaller caller;
  caller.role_arn = kDeveloper;
  const auto taken = another.Open(ResolveAwsRequest(caller), caller_, 0, {});

  try {
    Open(kDeveloper, "", static_cast<std::uint16_t>(PortOf(*taken)));
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
  }
}

TEST_F(CredentialEndpointTest, StoppingEndsEveryGrantAndEveryConnection) {
  world_.LogIn();
  const auto first = Open(), second = Open(kAuditor);
  const int port = PortOf(*first);
  auto waiting = std::async(std::launch::async, [port] { return RawClient(port).Receive(); });
  for (int i = 0; i < 20; ++i) loop_.restart(), loop_.run_for(milliseconds(2));

  Endpoints().Stop();

  EXPECT_EQ(ended_, std::vector<Reason>(2, REASON_AGENT_UNREACHABLE));
  EXPECT_EQ(Until(std::move(waiting)), "");
  EXPECT_FALSE(RawClient(port).connected);
  EXPECT_THROW(Open(), Error);
}

TEST_F(CredentialEndpointTest, SilentConnectionsKeepNobodyOut) {
  limits_.connections = 4;
  world_.LogIn();
  const auto grant = Open();
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 12; ++i) silent.push_back(std::make_unique<RawClient>(PortOf(*grant)));

  EXPECT_EQ(Ask(*grant).status, 200);
}

TEST_F(CredentialEndpointTest, OneGrantCannotTakeEveryPlace) {
  limits_.asking = 2;
  world_.LogIn();
  const auto greedy = Open(kDeveloper), other = Open(kAuditor);
  workers_hang_ = true;
  const int port = PortOf(*greedy);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->Send(Request(port, TokenOf(*greedy)));
    loop_.restart();
    loop_.run_for(milliseconds(50));
  }

  EXPECT_EQ(Ask(*greedy).status, 429);
  workers_hang_ = false;
  EXPECT_EQ(Ask(*other).status, 200);
}

TEST(ResumedPort, TakesOnlyWhatAGrantWasTold) {
  EXPECT_EQ(ResumedPort("", ""), 0);
  EXPECT_EQ(ResumedPort("http://127.0.0.1:34567/", kWrongToken), 34567);
  const std::string token = kWrongToken;
  for (const char* url :
       {"", "http://127.0.0.1:80/", "http://127.0.0.1:1023/", "http://127.0.0.1:65536/", "http://127.0.0.1:99999999999/",
        "http://127.0.0.1:034567/", "http://127.0.0.1:+4567/", "http://127.0.0.1:-1/", "http://127.0.0.1:/",
        "http://127.0.0.1:34567", "http://127.0.0.1:34567/x", "http://127.0.0.1:34567/?", "http://localhost:34567/",
        "http://0.0.0.0:34567/", "https://127.0.0.1:34567/", "http://127.0.0.1:34567@evil.example/",
        "http://[::1]:34567/", " http://127.0.0.1:34567/"})
    EXPECT_THROW(ResumedPort(url, token), Error) << url;
  for (const std::string& bad : {std::string(), token + "A", token.substr(1), token.substr(1) + "\n", std::string(43, '+')})
    EXPECT_THROW(ResumedPort("http://127.0.0.1:34567/", bad), Error) << bad;
}

}  // namespace
}  // namespace vouch
