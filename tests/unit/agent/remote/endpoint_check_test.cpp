#include "remote/endpoint_check.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/error.h"
#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"
#include "fakes/temp_folder.h"
#include "remote/curl_http_client.h"
#include "tls_server.h"

namespace vouch {
namespace {

constexpr std::int64_t kNow = 1'790'000'000;  // 21 September 2026, 14:13:20 UTC
constexpr const char* kDate = "Mon, 21 Sep 2026 14:13:20 GMT";

class EndpointCheckTest : public testing::Test {
 protected:
  CheckedEndpoint Check(const std::string& service, const HttpResponse& response) {
    http_.answer = [&](const HttpRequest&) { return response; };
    return CheckEndpoint({service, "https://far.example/path?x", {}}, http_, clock_, settings_);
  }

  ManualClock clock_{kNow};
  FakeHttpClient http_{clock_};
  NetworkSettings settings_;
};

TEST_F(EndpointCheckTest, TakesEveryStatusForAnAnswer) {
  for (int status : {200, 400, 401, 403, 404, 429, 500, 503}) {
    const CheckedEndpoint checked = Check("vouch", FakeHttpClient::Json(status, "{}"));
    EXPECT_EQ(checked.reason, REASON_UNSPECIFIED) << status;
    EXPECT_EQ(checked.message, "") << status;
    EXPECT_EQ(checked.url, "https://far.example") << status;
  }
  EXPECT_EQ(Check("sts", {302, {{"location", "https://aws.amazon.com/iam"}}, "", 0, 0}).reason, REASON_UNSPECIFIED)
      << "as AWS STS answers to a browser";
  EXPECT_EQ(Check("vouch", {502, {{"content-type", "text/html"}}, "<html>", 0, 0}).reason, REASON_UNSPECIFIED)
      << "its own front door";
}

TEST_F(EndpointCheckTest, KnowsThePageOfSomebodyBetween) {
  const HttpResponse page{200, {{"content-type", "text/html; charset=utf-8"}, {"date", kDate}}, "<html>", 0, 0};
  for (const char* service : {"vouch", "sts", "eks"}) {
    const CheckedEndpoint checked = Check(service, page);
    EXPECT_EQ(checked.reason, REASON_BAD_ANSWER) << service;
    EXPECT_EQ(checked.message, "a web page answered in its place (HTTP 200); sign in to this network in a browser, or check the proxy");
    EXPECT_FALSE(checked.clock_offset_ms) << "the page's clock is nobody's";
    EXPECT_EQ(Check(service, {511, {}, "", 0, 0}).reason, REASON_BAD_ANSWER) << service;
  }
  EXPECT_EQ(Check("vouch", {302, {{"location", "http://login.hotel.example/"}}, "", 0, 0}).reason, REASON_BAD_ANSWER);
}

TEST_F(EndpointCheckTest, ReadsTheClockOfTheFarEnd) {
  EXPECT_EQ(Check("sts", FakeHttpClient::Json(403, "{}", {{"date", kDate}})).clock_offset_ms, 0) << "within the noise of Date";
  clock_.StepWall(90);
  EXPECT_EQ(Check("sts", FakeHttpClient::Json(403, "{}", {{"date", kDate}})).clock_offset_ms, -89'500);
  EXPECT_FALSE(Check("sts", FakeHttpClient::Json(403, "{}")).clock_offset_ms);
  EXPECT_FALSE(Check("sts", FakeHttpClient::Json(403, "{}", {{"date", "yesterday"}})).clock_offset_ms);
}

TEST_F(EndpointCheckTest, SaysTheWayAndHowLongItTook) {
  settings_.proxy = "http://alice:canary@proxy.corp:3128";
  settings_.ca_bundle = "/etc/corp.pem";
  http_.answer = [&](const HttpRequest& request) -> HttpResponse {
    EXPECT_LE(request.total_timeout, Millis(4000));
    EXPECT_EQ(HeaderOf(request, "Authorization"), "");
    clock_.AdvanceMillis(120);
    throw Error(REASON_UNREACHABLE, "far.example did not answer in time", "check the network");
  };

  const CheckedEndpoint checked = CheckEndpoint({"eks", "https://far.example/", {}}, http_, clock_, settings_);

  EXPECT_EQ(checked.route.proxy, "http://proxy.corp:3128");
  EXPECT_EQ(checked.route.ca_bundle, "/etc/corp.pem");
  EXPECT_EQ(checked.reason, REASON_UNREACHABLE);
  EXPECT_EQ(checked.message, "far.example did not answer in time; check the network");
  EXPECT_EQ(checked.milliseconds, 120);
}

TEST_F(EndpointCheckTest, SendsNothingWhereThereIsNoUrl) {
  const CheckedEndpoint unknown =
      CheckEndpoint({"sts", "", Error(REASON_CONFIGURATION, "the AWS region is not valid")}, http_, clock_, settings_);
  EXPECT_EQ(unknown.reason, REASON_CONFIGURATION);
  EXPECT_EQ(unknown.message, "the AWS region is not valid");
  EXPECT_EQ(CheckEndpoint({"sts", "http://far.example/", {}}, http_, clock_, settings_).reason, REASON_CONFIGURATION);
  EXPECT_TRUE(http_.requests.empty());
}

// By real connections: each failure has words of its own.
TEST(EndpointCheckOnTheNetwork, TellsTheFailuresApart) {
  TestCa ours, strangers("Strangers");
  TempFolder folder;
  std::ofstream(folder.At("ca.pem")) << ours.Pem();
  ManualClock clock;
  NetworkSettings settings;
  settings.ca_bundle = folder.At("ca.pem");
  CurlHttpClient http(clock, [&] { return settings; });
  const auto is_time = [end = std::chrono::steady_clock::now() + std::chrono::seconds(40)] {
    return std::chrono::steady_clock::now() < end;
  };
  const auto message = [&](const std::string& url) {
    CheckedEndpoint checked;
    do checked = CheckEndpoint({"vouch", url, {}}, http, clock, settings);
    while (checked.message.find("did not answer in time") != std::string::npos && is_time());
    EXPECT_EQ(checked.reason, REASON_UNREACHABLE) << url;
    EXPECT_EQ(checked.url, url.substr(0, url.find('/', 8)));
    return checked.message.substr(0, checked.message.find("; "));
  };
  TlsServer unknown(strangers), wrong_name(ours, {"DNS:other.example", -7200, 3600, false}),
      expired(ours, {"IP:127.0.0.1", -7200, -3600, false});

  EXPECT_NE(message(unknown.url()).find("unable to get local issuer certificate"), std::string::npos);
  EXPECT_NE(message(wrong_name.url()).find("the certificate is for another host name"), std::string::npos);
  EXPECT_NE(message(expired.url()).find("certificate has expired"), std::string::npos);
  EXPECT_EQ(message("https://127.0.0.1:1"), "cannot connect to 127.0.0.1:1");
  EXPECT_EQ(message("https://" + std::string(64, 'a') + ".invalid"), "cannot find the host " + std::string(64, 'a') + ".invalid");
}

}  // namespace
}  // namespace vouch
