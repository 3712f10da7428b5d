#include <gtest/gtest.h>

#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

class VouchKeysApiTest : public testing::Test {
 protected:
  void Answer(int status, const json& body) {
    world_.http.answer = [status, text = body.dump()](const HttpRequest&) { return FakeHttpClient::Json(status, text); };
  }
  KeyRegistration StartWith(const char* member, const json& value) {
    json answer = StartAnswer();
    answer[member] = value;
    Answer(200, answer);
    return world_.api.StartKeyRegistration(world_.token, "Green");
  }
  bool Refuses(const char* member, const json& value) {
    try {
      StartWith(member, value);
    } catch (const Error& error) {
      return error.reason() == REASON_BAD_ANSWER;
    }
    return false;
  }
  template <typename Call>
  static Reason ReasonOf(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error.reason();
    }
    return REASON_UNSPECIFIED;
  }

  VouchCallWorld world_;
};

TEST_F(VouchKeysApiTest, ListsTheKeys) {
  Answer(200, {{"keys",
                {{{"id", "6f1c"}, {"name", "Bl\u00e5"}, {"created_at", "2026-11-01T08:00:00Z"}, {"is_current_session", true},
                  {"device_model", "YubiKey 5"}, {"aaguid", "2fc0"}},
                 {{"id", "7a00"}, {"name", "x\u009b\x1b[2J"}, {"created_at", "yesterday"}, {"is_current_session", false}}}}});

  const std::vector<RegisteredKey> keys = world_.api.ListKeys(world_.token);

  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, "6f1c");
  EXPECT_EQ(keys[0].name, "Bl\u00e5");
  EXPECT_EQ(keys[0].created_at, 1'793'520'000);
  EXPECT_TRUE(keys[0].is_current_session);
  EXPECT_EQ(keys[0].device_model, "YubiKey 5");
  EXPECT_EQ(keys[1].name, "x??[2J") << "a name from elsewhere must not spoil the list, nor the terminal";
  EXPECT_EQ(keys[1].created_at, 0);
  EXPECT_EQ(keys[1].device_model, "");
  EXPECT_EQ(world_.http.requests[0].method, "GET");
  EXPECT_EQ(world_.http.requests[0].url, "https://us.vouch.sh/v1/keys");
}

TEST_F(VouchKeysApiTest, RefusesIdsThatAreNoPathSegments) {
  for (const char* id : {"..", ".", "a/b", "a?b", "a b", "a%2fb", "a#b", "a\nb", "\u00e4"}) {
    Answer(200, {{"keys", {{{"id", id}, {"name", "n"}}}}});
    EXPECT_EQ(ReasonOf([&] { world_.api.ListKeys(world_.token); }), REASON_BAD_ANSWER) << id;
    Answer(200, {{"device_id", id}});
    EXPECT_EQ(ReasonOf([&] { world_.api.FinishKeyRegistration(world_.token, "s", {}); }), REASON_BAD_ANSWER) << id;

    const std::size_t before = world_.http.requests.size();
    EXPECT_EQ(ReasonOf([&] { world_.api.RemoveKey(world_.token, id); }), REASON_NOT_FOUND) << id;
    EXPECT_EQ(ReasonOf([&] { world_.api.RenameKey(world_.token, id, "n"); }), REASON_NOT_FOUND) << id;
    EXPECT_EQ(world_.http.requests.size(), before) << "another path must not be reached";
  }
}

TEST_F(VouchKeysApiTest, RenamesWithThePlainName) {
  Answer(200, {{"message", "ok"}});

  world_.api.RenameKey(world_.token, "a:b", "My \"blue\" k\u00e9y");

  EXPECT_EQ(world_.http.requests[0].method, "PATCH");
  EXPECT_EQ(world_.http.requests[0].url, "https://us.vouch.sh/v1/keys/a%3Ab");
  EXPECT_EQ(json::parse(world_.http.requests[0].body), (json{{"name", "My \"blue\" k\u00e9y"}}));
}

TEST_F(VouchKeysApiTest, RemovesAndCountsTheSessionsThatEnded) {
  Answer(200, {{"message", "ok"}, {"sessions_revoked", 3}});
  EXPECT_EQ(world_.api.RemoveKey(world_.token, "key-1"), 3);
  EXPECT_EQ(world_.http.requests[0].method, "DELETE");
  EXPECT_EQ(world_.http.requests[0].body, "");
  Answer(200, {{"sessions_revoked", -3}});
  EXPECT_EQ(world_.api.RemoveKey(world_.token, "key-1"), 0);
}

TEST_F(VouchKeysApiTest, StartsARegistrationWithRawNumbers) {
  const KeyRegistration options = StartWith("algorithms", {-7, -8, -257});

  EXPECT_EQ(options.challenge, std::string(32, '\x07'));
  EXPECT_EQ(options.rp_id, "vouch.sh");
  EXPECT_EQ(options.user_id, std::string("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
  EXPECT_EQ(options.user_name, "alice@example.com");
  EXPECT_EQ(options.state, "registration.state");
  EXPECT_EQ(options.algorithms, (std::vector<int>{-7, -8, -257}));
  EXPECT_EQ(options.exclude_credential_ids, std::vector<std::string>{"\x01\x02\xff"});
  EXPECT_EQ(json::parse(world_.http.requests[0].body), (json{{"name", "Green"}}));
}

TEST_F(VouchKeysApiTest, TakesOnlyNumbersThatAreBytes) {
  auto with_one = [](const json& odd) {
    json numbers = std::vector<int>(32, 7);
    numbers[5] = odd;
    return numbers;
  };
  for (const json& odd : {json(256), json(-1), json(1.5), json(7.0), json("7"), json(true), json(nullptr), json::array({7}),
                          json(18446744073709551615ULL)}) {
    EXPECT_TRUE(Refuses("challenge", with_one(odd))) << odd;
    EXPECT_TRUE(Refuses("exclude_credential_ids", json::array({with_one(odd)}))) << odd;
  }
  EXPECT_EQ(StartWith("challenge", with_one(255)).challenge[5], '\xff');
}

TEST_F(VouchKeysApiTest, TakesOnlySizesThatMakeSense) {
  EXPECT_TRUE(Refuses("challenge", std::vector<int>(15, 7)));
  EXPECT_TRUE(Refuses("challenge", std::vector<int>(1025, 7)));
  EXPECT_TRUE(Refuses("challenge", Base64UrlEncode(std::string(32, 'c')))) << "that is the form of a login's";
  EXPECT_TRUE(Refuses("exclude_credential_ids", json::array({std::vector<int>(1024, 7)})));
  EXPECT_TRUE(Refuses("exclude_credential_ids", std::vector<std::vector<int>>(257, {1})));
  EXPECT_TRUE(Refuses("algorithms", std::vector<int>(33, -7)));
  for (const json& odd : {json(-7.0), json("ES256"), json(2147483648), json(-2147483649), json(18446744073709551615ULL)})
    EXPECT_TRUE(Refuses("algorithms", json::array({odd}))) << odd;
}

TEST_F(VouchKeysApiTest, MakesNoCredentialForAnotherSite) { EXPECT_TRUE(Refuses("rp_id", "vouch.example")); }

TEST_F(VouchKeysApiTest, TakesNoControlCharactersIntoWhatTheSecurityKeyStores) {
  for (const char* member : {"rp_id", "rp_name", "user_name", "state"})
    for (const char* bad : {"a\x1b[2J", "a\n", "a\x7f", "a\u0085", "a\tb"}) EXPECT_TRUE(Refuses(member, bad)) << member << bad;
  EXPECT_TRUE(Refuses("rp_id", "vouch.sh evil.test"));
  EXPECT_TRUE(Refuses("rp_name", std::string(513, 'a')));
  EXPECT_EQ(StartWith("rp_name", "V\u00f6uch Inc.").rp_name, "V\u00f6uch Inc.");
}

TEST_F(VouchKeysApiTest, TakesAUserIdOnlyAsAUuid) {
  for (const char* bad : {"00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
                          "00112233-4455-6677-8899-aabbccddeeff0", "g0112233-4455-6677-8899-aabbccddeeff",
                          "0011223344-55-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddee-f"})
    EXPECT_TRUE(Refuses("user_id", bad)) << bad;
  EXPECT_EQ(StartWith("user_id", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF").user_id, std::string(16, '\xff'));
}

TEST_F(VouchKeysApiTest, FinishesARegistrationWithRawNumbers) {
  Answer(201, {{"device_id", "6f1c"}, {"message", "ok"}});

  EXPECT_EQ(world_.api.FinishKeyRegistration(world_.token, "st", {"\x01\xff", "pk", std::string(1, '\0'), "{}"}), "6f1c");

  EXPECT_EQ(json::parse(world_.http.requests[0].body), (json{{"state", "st"},
                                                             {"credential_id", {1, 255}},
                                                             {"public_key", {'p', 'k'}},
                                                             {"attestation_object", json::array({0})},
                                                             {"client_data_json", {'{', '}'}}}));
}

TEST_F(VouchKeysApiTest, ASessionThatHasEndedIsAnAnswer) {
  Answer(200, {{"authenticated", false}});
  EXPECT_FALSE(world_.api.CheckSession(world_.token).authenticated);
  Answer(200, {{"authenticated", true}, {"email", "Alice@Example.com"}, {"expires_in_seconds", 90}, {"device_name", "Blue"}});

  const SessionCheck check = world_.api.CheckSession(world_.token);

  EXPECT_TRUE(check.authenticated);
  EXPECT_EQ(check.email, "alice@example.com");
  EXPECT_EQ(check.seconds_left, 90);
  EXPECT_EQ(check.device_name, "Blue");
}

}  // namespace
}  // namespace vouch
