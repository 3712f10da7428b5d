// Which way CurlHttpClient goes: proxies from the config and from the environment. Nothing here leaves this machine: 192.0.2.1
// is nobody's address (RFC 5737).
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_server.h"
#include "remote/curl_http_client.h"

namespace vouch {
namespace {

constexpr const char* kRefused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr Millis kForNobody{200};  // who is not asked through the proxy, and never answers

class ProxyTest : public testing::Test {
 protected:
  void SetUp() override { ClearEnvironment(); }
  void TearDown() override { ClearEnvironment(); }

  static void ClearEnvironment() {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"}) unsetenv(name);
  }

  std::string MessageFor(const std::string& url, Millis longest = Millis(20'000)) {
    HttpRequest request;
    request.url = url;
    request.connect_timeout = request.total_timeout = longest;
    try {
      client_.Send(request);
      reason_ = REASON_UNSPECIFIED;
      return "";
    } catch (const Error& error) {
      reason_ = error.reason();
      remedy_ = error.remedy();
      return error.what();
    }
  }

  NetworkSettings settings_;
  ManualClock clock_;  // no answer is too long in coming by it
  CurlHttpClient client_{clock_, [this] { return settings_; }};
  Reason reason_ = REASON_UNSPECIFIED;
  std::string remedy_;
};

TEST_F(ProxyTest, TheConfiguredOneIsAskedAndAnotherOneAfterAChange) {
  ScriptedServer first(kRefused), second(kRefused);
  settings_.proxy = first.url();
  EXPECT_EQ(MessageFor("https://vouch.invalid/path?token=canary"), "the proxy does not connect to vouch.invalid (HTTP 403)");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
  EXPECT_EQ(first.requests(), std::vector<std::string>{"CONNECT vouch.invalid:443 HTTP/1.1"});

  settings_.proxy = second.url();
  MessageFor("https://vouch.invalid/");

  EXPECT_EQ(first.requests().size(), 1U);
  EXPECT_EQ(second.requests().size(), 1U);
}

TEST_F(ProxyTest, SaysThatAPasswordIsMissing) {
  ScriptedServer proxy(
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
  settings_.proxy = proxy.url();

  EXPECT_EQ(MessageFor("https://vouch.invalid/"), "the proxy wants a user name and a password (HTTP 407)");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(ProxyTest, SaysThatTheProxyCannotBeFound) {
  settings_.proxy = "http://" + std::string(64, 'a') + ".invalid:3128";  // no name: nobody is asked

  EXPECT_EQ(MessageFor("https://vouch.invalid/"), "cannot find the proxy's host");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(ProxyTest, TheEnvironmentsOneCountsWhereTheConfigNamesNone) {
  ScriptedServer environments(kRefused), configured(kRefused);
  setenv("HTTPS_PROXY", environments.url().c_str(), 1);
  MessageFor("https://vouch.invalid/");
  EXPECT_EQ(environments.requests().size(), 1U);

  settings_.proxy = configured.url();
  MessageFor("https://vouch.invalid/");

  EXPECT_EQ(environments.requests().size(), 1U);
  EXPECT_EQ(configured.requests().size(), 1U);
}

TEST_F(ProxyTest, NoProxyIsKeptWhereverItStands) {
  ScriptedServer proxy(kRefused);
  settings_.proxy = proxy.url();
  setenv("NO_PROXY", "192.0.2.1", 1);
  MessageFor("https://192.0.2.1/", kForNobody);
  EXPECT_TRUE(proxy.requests().empty()) << "from the environment";

  settings_.no_proxy = "198.51.100.7";
  MessageFor("https://192.0.2.1/");
  EXPECT_EQ(proxy.requests().size(), 1U) << "the config comes first";
  MessageFor("https://198.51.100.7/", kForNobody);
  EXPECT_EQ(proxy.requests().size(), 1U) << "from the config";
}

TEST_F(ProxyTest, ThisMachineIsNeverReachedThroughOne) {
  ScriptedServer proxy(kRefused), server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  settings_.proxy = proxy.url();
  setenv("ALL_PROXY", proxy.url().c_str(), 1);

  EXPECT_EQ(MessageFor(server.url()), "");

  EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(ProxyTest, AValueThatIsNoProxyIsAMistakeInTheConfig) {
  for (const char* bad : {"proxy:3128", "ftp://proxy/", "http://", "http://user:canary@", "socks4://proxy", "http://a b", "http://p:99999",
                          "http://proxy/?x", "http://proxy/#x"}) {
    settings_.proxy = bad;
    EXPECT_EQ(MessageFor("https://vouch.invalid/"), "network.proxy is not a proxy's URL") << bad;
    EXPECT_EQ(reason_, REASON_CONFIGURATION) << bad;
    EXPECT_EQ(remedy_.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace vouch
