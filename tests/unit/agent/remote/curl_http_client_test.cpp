#include "remote/curl_http_client.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "fakes/scripted_server.h"

namespace vouch {
namespace {

class CurlHttpClientTest : public testing::Test {
 protected:
  // The reason that a GET of `url` fails for.
  Reason FailureOf(const std::string& url, Millis total = Millis(30'000), std::size_t limit = 1000) {
    HttpRequest request;
    request.url = url;
    request.total_timeout = total;
    request.max_answer_bytes = limit;
    try {
      client_.Send(request);
    } catch (const Error& error) {
      message_ = error.what();
      return error.reason();
    }
    return REASON_UNSPECIFIED;
  }

  SystemClock clock_;
  CurlHttpClient client_{clock_};
  std::string message_;
};

TEST_F(CurlHttpClientTest, GivesStatusHeadersAndBody) {
  ScriptedServer server("HTTP/1.1 404 Not Found\r\nDate: Tue, 24 Nov 2026 06:03:00 GMT\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 2\r\n\r\nhi");
  HttpRequest request;
  request.url = server.url() + "/";

  HttpResponse response = client_.Send(request);

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "hi");
  EXPECT_EQ(response.Header("date"), "Tue, 24 Nov 2026 06:03:00 GMT");
  EXPECT_EQ(response.Header("x-two"), std::nullopt) << "twice is as good as none";
  EXPECT_GE(response.received_ms, response.sent_ms);
}

TEST_F(CurlHttpClientTest, FollowsNoRedirect) {
  ScriptedServer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  HttpRequest request;
  request.url = server.url();

  EXPECT_EQ(client_.Send(request).status, 302);
}

// So that a small body never becomes a large one.
TEST_F(CurlHttpClientTest, UnpacksNothing) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x08");
  HttpRequest request;
  request.url = server.url();

  EXPECT_EQ(client_.Send(request).body, "\x1f\x8b\x08\x08");
}

TEST_F(CurlHttpClientTest, RefusesABodyThatAnnouncesTooMuch) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));

  EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER);
}

TEST_F(CurlHttpClientTest, RefusesABodyThatNeverEnds) {
  ScriptedServer server("HTTP/1.1 200 OK\r\n\r\n", ScriptedServer::Then::kForever);

  EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER);
}

TEST_F(CurlHttpClientTest, RefusesHeadersThatNeverEnd) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nX: ", ScriptedServer::Then::kForever);

  EXPECT_NE(FailureOf(server.url()), REASON_UNSPECIFIED);
}

TEST_F(CurlHttpClientTest, RefusesABodyThatIsCut) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");

  EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER);
}

TEST_F(CurlHttpClientTest, RefusesAnEmptyAnswer) {
  ScriptedServer server("");

  EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER);
}

TEST_F(CurlHttpClientTest, EndsAtItsDeadline) {
  ScriptedServer server("", ScriptedServer::Then::kHang);

  EXPECT_EQ(FailureOf(server.url(), Millis(100)), REASON_UNREACHABLE);
}

TEST_F(CurlHttpClientTest, NamesTheHostButNeverTheUrlWhenNobodyListens) {
  EXPECT_EQ(FailureOf("http://127.0.0.1:1/path?token=canary"), REASON_UNREACHABLE);

  EXPECT_NE(message_.find("127.0.0.1:1"), std::string::npos);
  EXPECT_EQ(message_.find("canary"), std::string::npos);
}

TEST_F(CurlHttpClientTest, RefusesPlainHttpToOtherMachines) {
  EXPECT_EQ(FailureOf("http://192.0.2.1/"), REASON_CONFIGURATION);
  EXPECT_EQ(FailureOf("ftp://127.0.0.1/"), REASON_CONFIGURATION);
  EXPECT_EQ(FailureOf("file:///etc/passwd"), REASON_CONFIGURATION);
}

TEST_F(CurlHttpClientTest, RefusesTooLargeABodyOfAnErrorToo) {
  const std::string body(1001, 'x');
  for (const std::string& answer : {"HTTP/1.1 500 Oops\r\nContent-Length: 1001\r\n\r\n" + body,
                                    "HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n"}) {
    ScriptedServer server(answer);
    EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER) << answer.substr(0, 20);
    EXPECT_EQ(message_, "127.0.0.1 sent an answer over the size limit");
  }
}

TEST_F(CurlHttpClientTest, RefusesAChunkedBodyThatIsCut) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":");

  EXPECT_EQ(FailureOf(server.url()), REASON_BAD_ANSWER);
}

TEST_F(CurlHttpClientTest, EndsABodyThatDripsAtItsDeadline) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", ScriptedServer::Then::kDrip);

  EXPECT_EQ(FailureOf(server.url(), Millis(300)), REASON_UNREACHABLE);
  EXPECT_EQ(message_, "127.0.0.1 did not answer in time");
}

// Real sockets, and a clock on which 5 s pass in a tenth of one.
class FastClock final : public Clock {
 public:
  std::int64_t WallMillis() const override { return clock_.WallMillis(); }
  std::int64_t SteadyMillis() const override { return clock_.SteadyMillis() * 50; }
  bool Sleep(Millis) override { return true; }

 private:
  SystemClock clock_;
};

TEST(CurlHttpClientSilence, EndsACallLongBeforeItsDeadline) {
  const FastClock clock;
  CurlHttpClient client(clock);
  for (const char* begun : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
    ScriptedServer server(begun, ScriptedServer::Then::kHang);
    HttpRequest request;
    request.url = server.url();
    request.total_timeout = Millis(60'000);
    const std::int64_t begin = SystemClock().SteadyMillis();
    try {
      client.Send(request);
      FAIL() << "the server never ends its answer";
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_UNREACHABLE);
      EXPECT_STREQ(error.what(), "127.0.0.1 did not answer in time");
      EXPECT_LT(SystemClock().SteadyMillis() - begin, 20'000);
    }
  }
}

TEST_F(CurlHttpClientTest, TrailersAreNoHeaders) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nWWW-Authenticate: DPoP\r\n\r\n");
  HttpRequest request;
  request.url = server.url();

  const HttpResponse response = client_.Send(request);

  EXPECT_EQ(response.body, "hi");
  EXPECT_EQ(response.Header("www-authenticate"), std::nullopt);
}

TEST_F(CurlHttpClientTest, SendsEveryMethod) {
  ScriptedServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  for (const char* method : {"GET", "POST", "PATCH", "DELETE", "GET"}) {
    HttpRequest request;
    request.url = server.url() + "/v1";
    request.method = method;
    if (request.method == "PATCH") request.body = "{}";
    EXPECT_EQ(client_.Send(request).status, 200);
  }

  EXPECT_EQ(server.requests(), (std::vector<std::string>{"GET /v1 HTTP/1.1", "POST /v1 HTTP/1.1", "PATCH /v1 HTTP/1.1",
                                                         "DELETE /v1 HTTP/1.1", "GET /v1 HTTP/1.1"}));
}

TEST_F(CurlHttpClientTest, StopEndsACallUnderWay) {
  ScriptedServer server("", ScriptedServer::Then::kHang);
  std::thread stopper([this] { client_.Stop(); });

  EXPECT_EQ(FailureOf(server.url(), Millis(30'000)), REASON_UNREACHABLE);

  stopper.join();
}

}  // namespace
}  // namespace vouch
