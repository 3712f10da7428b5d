// RouteTo says what libcurl does: both are asked the same, and a proxy on loopback tells. No name here is one (a label has at most
// 63 bytes), so that nobody is asked for it; 192.0.2.0/24 and 2001:db8::/32 are nobody's addresses (RFC 5737, RFC 3849).
#include "remote/route.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "fakes/scripted_server.h"
#include "remote/curl_http_client.h"

namespace vouch {
namespace {

constexpr const char* kRefused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

class RouteTest : public testing::Test {
 protected:
  void SetUp() override { ClearEnvironment(); }
  void TearDown() override { ClearEnvironment(); }

  static void ClearEnvironment() {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE"})
      unsetenv(name);
  }

  // Whether libcurl went through the proxy. Where it does not, it would wait for nobody's address.
  bool Asks(ScriptedServer& proxy, const std::string& url, bool proxied) {
    const std::size_t before = proxy.requests().size();
    HttpRequest request;
    request.url = url;
    request.connect_timeout = request.total_timeout = proxied ? Millis(20'000) : Millis(50);
    try {
      client_.Send(request);
    } catch (const Error&) {
    }
    return proxy.requests().size() > before;
  }

  NetworkSettings settings_;
  SystemClock clock_;
  CurlHttpClient client_{clock_, [this] { return settings_; }};
};

TEST_F(RouteTest, SkipsTheProxyWhereLibcurlDoes) {
  const std::string name = std::string(64, 'a') + ".corp.invalid";
  ScriptedServer proxy(kRefused);
  settings_.proxy = proxy.url();
  struct Case {
    std::string no_proxy, host;
    bool proxied;
  };
  const std::vector<Case> cases = {
      {"", name, true},
      {"*", name, false},
      {name, name, false},
      {".corp.invalid", name, false},
      {"corp.invalid", name, false},
      {"other.invalid, CORP.invalid", name, false},
      {"orp.invalid", name, true},
      {"corp", name, true},
      {"192.0.2.1", name, true},
      {"192.0.2.1", "192.0.2.1", false},
      {"192.0.2.0/24", "192.0.2.77", false},
      {"192.0.2.0/25", "192.0.2.200", true},
      {"0.2.1", "192.0.2.1", true},
      {"2001:db8::5", "[2001:db8::5]", false},
  };
  for (const Case& each : cases) {
    settings_.no_proxy = each.no_proxy;
    const std::string url = "https://" + each.host + "/";
    EXPECT_EQ(Asks(proxy, url, each.proxied), each.proxied) << each.no_proxy << " for " << each.host;
    EXPECT_EQ(RouteTo(ParseUrl(url), settings_).proxy, each.proxied ? proxy.url() : "") << each.no_proxy << " for " << each.host;
  }
}

TEST_F(RouteTest, TakesTheEnvironmentsProxyInLibcurlsOrder) {
  const std::string url = "https://" + std::string(64, 'a') + ".invalid/";
  ScriptedServer wanted(kRefused), other(kRefused);
  const std::vector<const char*> order = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (std::size_t first = 0; first < order.size(); ++first) {
    ClearEnvironment();
    for (std::size_t i = first; i < order.size(); ++i) setenv(order[i], (i == first ? wanted : other).url().c_str(), 1);
    EXPECT_TRUE(Asks(wanted, url, /*proxied=*/true)) << order[first];
    EXPECT_EQ(RouteTo(ParseUrl(url), settings_).proxy, wanted.url()) << order[first];
  }
  setenv("NO_PROXY", "*", 1);
  EXPECT_EQ(RouteTo(ParseUrl(url), settings_).proxy, "");
}

TEST_F(RouteTest, TellsNoPasswordAndNoUser) {
  settings_.proxy = "http://alice:canary@proxy.corp:3128";
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).proxy, "http://proxy.corp:3128");
  settings_.proxy = "";
  setenv("HTTPS_PROXY", "alice:canary@proxy.corp:3128", 1);
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).proxy, "http://proxy.corp:3128");
  setenv("HTTPS_PROXY", "http://alice:canary@ /", 1);
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).proxy, "?");
}

TEST_F(RouteTest, NamesTheCertificatesAndNoProxyForThisMachine) {
  settings_.proxy = "http://proxy.corp:3128";
  EXPECT_EQ(RouteTo(ParseUrl("http://127.0.0.1:8000/"), settings_).proxy, "");
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).ca_bundle, "");
  setenv("SSL_CERT_FILE", "/etc/environment.pem", 1);
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).ca_bundle, "/etc/environment.pem");
  settings_.ca_bundle = "/etc/config.pem";
  EXPECT_EQ(RouteTo(ParseUrl("https://vouch.invalid/"), settings_).ca_bundle, "/etc/config.pem");
}

}  // namespace
}  // namespace vouch
