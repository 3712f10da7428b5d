#include "remote/url.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "remote/http.h"

namespace vouch {
namespace {

TEST(Url, TakesAnAddressApart) {
  const Url url = ParseUrl("https://US.Vouch.SH:8443/a/b?x=1");

  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "us.vouch.sh");
  EXPECT_EQ(url.authority, "us.vouch.sh:8443");
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "x=1");
}

TEST(Url, DropsTheDefaultPort) { EXPECT_EQ(ParseUrl("https://vouch.sh:443/").authority, "vouch.sh"); }

TEST(Url, AllowsHttpToLoopbackOnly) {
  EXPECT_EQ(ParseUrl("http://127.0.0.1:80/").authority, "127.0.0.1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080/").host, "::1");
  EXPECT_EQ(ParseUrl("http://localhost:8080/").host, "localhost");
  for (const char* text : {"http://vouch.sh/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"})
    EXPECT_THROW(ParseUrl(text), Error) << text;
}

TEST(Url, RefusesWhatNoServerHas) {
  for (const char* text : {"", "vouch.sh", "https://", "https:///vouch.sh", "https://user:pw@vouch.sh/", "https://vouch.sh/#top", "javascript:1",
                           "https://vouch.sh:99999/", " https://vouch.sh/"})
    EXPECT_THROW(ParseUrl(text), Error) << text;
}

// libcurl reads as far as the NUL: what follows would be checked by nobody.
TEST(Url, RefusesANulInside) {
  const std::string text = "https://vouch.sh/";

  EXPECT_THROW(ParseUrl(text + '\0' + "a"), Error);
  EXPECT_THROW(ServerUrl(text + '\0' + "a"), Error);
}

TEST(Url, RefusesAPercentInTheHost) {
  for (const char* text : {"https://vouch%.sh", "https://vouch%2541.sh", "https://us.%%33.sh", "https://[fe80::1%25eth0]"}) EXPECT_THROW(ParseUrl(text), Error) << text;
  EXPECT_EQ(ParseUrl("https://vouch.sh/a%20b").path, "/a%20b");
}

TEST(ServerUrl, CutsTrailingSlashesAndNamesTheServer) {
  const ServerUrl url("https://Us.Vouch.sh///");

  EXPECT_EQ(url.text(), "https://us.vouch.sh");
  EXPECT_EQ(url.key(), "us.vouch.sh");
  EXPECT_EQ(url.At("/oauth/token"), "https://us.vouch.sh/oauth/token");
}

TEST(ServerUrl, CutsSlashesThatAreHidden) {
  for (const char* text : {"https://vouch.sh/a/?", "https://vouch.sh/a/?/", "https://vouch.sh/a/b/..", "https://vouch.sh/a//b/..//"})
    EXPECT_EQ(ServerUrl(text).text(), "https://vouch.sh/a") << text;
  EXPECT_EQ(ServerUrl("https://vouch.sh/a/..").key(), "vouch.sh");
}

TEST(ServerUrl, KeepsAnotherPortInItsName) { EXPECT_EQ(ServerUrl("http://127.0.0.1:8080").key(), "127.0.0.1:8080"); }

TEST(ServerUrl, SaysWhatToDoWhenNoneIsConfigured) {
  try {
    ServerUrl url("");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_NE(error.remedy().find("--server"), std::string::npos);
  }
}

TEST(ServerUrl, HasNothingThatMeansSomethingToAShell) {
  for (const char* path : {"$(id)", "`id`", "a;id", "a&b", "a|b", "'", "\"", "a(b)", "*", "!1", "a\\b"})
    EXPECT_THROW(ServerUrl(std::string("https://vouch.sh/") + path), Error) << path;
  EXPECT_EQ(ServerUrl("https://[::1]:8443/tenant-1/a_b%20c.d~e").text(), "https://[::1]:8443/tenant-1/a_b%20c.d~e");
}

TEST(ServerUrl, HasNoQuery) { EXPECT_THROW(ServerUrl("https://vouch.sh/?a=b"), Error); }

}  // namespace
}  // namespace vouch
