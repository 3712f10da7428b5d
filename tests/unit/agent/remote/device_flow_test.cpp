#include <gtest/gtest.h>

#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

class DeviceFlowTest : public testing::Test {
 protected:
  void Answer(int status, const json& body) {
    world_.http.answer = [status, text = body.dump()](const HttpRequest&) { return FakeHttpClient::Json(status, text); };
  }
  DeviceAuthorization StartWith(const char* member, const json& value) {
    json answer = VouchCallNamed("StartDeviceFlow").answer;
    answer[member] = value;
    Answer(200, answer);
    return world_.api.StartDeviceFlow("c1");
  }
  bool Refuses(const char* member, const json& value) {
    try {
      StartWith(member, value);
    } catch (const Error& error) {
      return error.reason() == REASON_BAD_ANSWER;
    }
    return false;
  }
  DevicePoll Poll() { return world_.api.PollDeviceFlow("c1", Secret(kDeviceCode)); }

  VouchCallWorld world_;
};

TEST_F(DeviceFlowTest, StartsWithAClientAssertion) {
  const DeviceAuthorization device = StartWith("interval", 5);

  EXPECT_EQ(device.device_code.Reveal(), kDeviceCode);
  EXPECT_EQ(device.user_code, "WDJB-MJHT");
  EXPECT_EQ(device.verification_uri, "https://vouch.test/device");
  EXPECT_EQ(device.verification_uri_complete, "https://vouch.test/device?code=WDJB-MJHT");
  EXPECT_EQ(device.expires_in, 900);
  EXPECT_EQ(device.interval, 5);
  EXPECT_EQ(world_.http.requests[0].url, "https://us.vouch.sh/oauth/device");
  EXPECT_EQ(FormValue(world_.http.requests[0], "client_id"), "c1");
}

TEST_F(DeviceFlowTest, KeepsTimesWithinWhatMakesSense) {
  EXPECT_EQ(StartWith("interval", nullptr).interval, 5) << "RFC 8628 section 3.2";
  EXPECT_EQ(StartWith("interval", 0).interval, 1);
  EXPECT_EQ(StartWith("interval", -7).interval, 1);
  EXPECT_EQ(StartWith("interval", 100000).interval, 600);
  EXPECT_EQ(StartWith("interval", 18446744073709551615ULL).interval, 600);
  EXPECT_EQ(StartWith("expires_in", 100000).expires_in, 1800);
  EXPECT_TRUE(Refuses("expires_in", 0));
  EXPECT_TRUE(Refuses("expires_in", -1));
  EXPECT_TRUE(Refuses("expires_in", 900.5));
}

TEST_F(DeviceFlowTest, SendsPeopleOnlyToPagesThatAreSafeToOpen) {
  for (const char* member : {"verification_uri", "verification_uri_complete"}) {
    for (const char* bad : {"http://vouch.test/device", "javascript:alert(1)", "file:///etc/passwd", "vouch.test/device",
                            "https://user:pw@vouch.test/", "https:///device", "https://vouch.test/\x1b[2J", "https://v.test/a b",
                            "https://v.test/\"quote", "https://v.test/`id`", "https://v.test/\u00e4", "--help", "data:text/html,x"})
      EXPECT_TRUE(Refuses(member, bad)) << member << " " << bad;
    EXPECT_TRUE(Refuses(member, "https://vouch.test/" + std::string(3000, 'a')));
  }
  EXPECT_EQ(StartWith("verification_uri", "http://127.0.0.1:8080/device").verification_uri, "http://127.0.0.1:8080/device");
  EXPECT_EQ(StartWith("verification_uri", "https://vouch.test/#/device").verification_uri, "https://vouch.test/#/device");
}

TEST_F(DeviceFlowTest, ShowsOnlyACodeThatCanBeTyped) {
  for (const json& bad : {json("A\x1b[2JB"), json("A\nB"), json(" "), json("\u00e4\u00f6"), json(std::string(65, 'A'))})
    EXPECT_TRUE(Refuses("user_code", bad)) << bad;
  EXPECT_EQ(StartWith("user_code", "WDJB MJHT").user_code, "WDJB MJHT");
}

TEST_F(DeviceFlowTest, PollsWithTheCodeAndReportsWhatTheServerSays) {
  Answer(400, {{"error", "authorization_pending"}});
  EXPECT_EQ(Poll().state, DevicePoll::State::kPending);
  Answer(400, {{"error", "slow_down"}});
  EXPECT_EQ(Poll().state, DevicePoll::State::kSlowDown);
  Answer(200, LoginAnswer());
  const DevicePoll done = Poll();

  EXPECT_EQ(done.state, DevicePoll::State::kDone);
  ASSERT_TRUE(done.token);
  EXPECT_EQ(done.token->access_token.token.Reveal(), kNewToken);
  EXPECT_EQ(done.token->email, "alice@example.com");
  EXPECT_EQ(done.token->expires_at, 1'790'000'000 + 28800 - 30);
  EXPECT_EQ(world_.http.requests.size(), 3U);
  EXPECT_EQ(FormValue(world_.http.requests[0], "device_code"), kDeviceCode);
  EXPECT_EQ(FormValue(world_.http.requests[0], "grant_type"), "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code");
}

TEST_F(DeviceFlowTest, TakesPendingOnlyFromARefusal) {
  Answer(500, {{"error", "authorization_pending"}});

  EXPECT_THROW(Poll(), Error);
}

TEST_F(DeviceFlowTest, TypeOfTheTokenIsReadInAnyCaseAndKeptInOne) {
  for (const auto& [said, kept] : {std::pair("dpop", "DPoP"), {"DPOP", "DPoP"}, {"bearer", "Bearer"}, {"Bearer", "Bearer"}}) {
    json answer = LoginAnswer();
    answer["token_type"] = said;
    Answer(200, answer);
    EXPECT_EQ(Poll().token->access_token.type, kept);
    EXPECT_EQ(world_.api.Login("c1", "s", {}).access_token.type, kept);
  }
  for (const char* other : {"mac", "DPoP ", "N_A", "DPoPx"}) {
    json answer = LoginAnswer();
    answer["token_type"] = other;
    Answer(200, answer);
    EXPECT_THROW(Poll(), Error) << other;
  }
}

TEST_F(DeviceFlowTest, LoginSendsThePostureAsItIs) {
  Answer(200, LoginAnswer());

  world_.api.Login("c1", "s", {}, R"([{"type":"device_posture"}])");
  world_.api.Login("c1", "s", {});

  EXPECT_EQ(FormValue(world_.http.requests[0], "authorization_details"),
            "%5B%7B%22type%22%3A%22device_posture%22%7D%5D");
  EXPECT_EQ(world_.http.requests[1].body.find("authorization_details"), std::string::npos);
}

}  // namespace
}  // namespace vouch
