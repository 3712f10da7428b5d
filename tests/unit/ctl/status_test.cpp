#include "status.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "unit/ctl/status_samples.h"

namespace vouch {
namespace {

class StatusText : public testing::Test {
 protected:
  StatusText() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  ~StatusText() override {
    unsetenv("TZ");
    tzset();
  }
};

TEST_F(StatusText, IsACompactBlock) {
  EXPECT_EQ(FormatStatusText(WithSession(), nullptr, kNow),
            "Logged in as alice@example.com until 19:00 (7 h 0 min left)\n"
            "Server      https://vouch.example.com\n"
            "Store       key and session in the keyring\n"
            "Agent       " VOUCH_VERSION
            ", pid 4242, up 2 h 2 min\n"
            "AWS         arn:aws:iam::123456789012:role/VouchDeveloper us-east-1, 54 min left, renewed in 34 min\n");
}

TEST_F(StatusText, NamesTheNextStepWithoutSession) {
  EXPECT_EQ(FormatStatusText(WithoutSession(), nullptr, kNow),
            "Not logged in; run: vouchctl login\n"
            "Store       key in a file, session in memory only\n"
            "Agent       " VOUCH_VERSION ", pid 4242, up 2 h 2 min\n");
}

TEST_F(StatusText, TellsAnExpiredSessionFromNone) {
  GetStatusResponse status = WithoutSession();
  status.set_session_expired(true);

  EXPECT_EQ(FormatStatusText(status, nullptr, kNow).substr(0, 36), "Session expired; run: vouchctl login");
}

TEST_F(StatusText, SaysFirstThatNothingIsHandedOutAndWhatLiftsIt) {
  GetStatusResponse status = WithSession();
  status.set_locked(true);
  const std::string text = FormatStatusText(status, nullptr, kNow);
  EXPECT_EQ(text.substr(text.find('\n') + 1, 66), "Locked      nothing is handed out; lifted by: vouchctl unlock\nServ");

  status.set_locked_until_login(true);
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("; lifted by: vouchctl login\n"), std::string::npos);
  status.set_lock_server("https://other.example");
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("; lifted by: vouchctl login --server https://other.example\n"), std::string::npos);
}

TEST_F(StatusText, TellsOfProgramsThatWait) {
  GetStatusResponse status = WithSession();
  status.set_confirmations_waiting(1);
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("Waiting     a program waits for your word; see: vouchctl confirm\n"), std::string::npos);
  status.set_confirmations_waiting(3);
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("3 programs wait for your word"), std::string::npos);
}

TEST_F(StatusText, SaysThatTheVersionsDiffer) {
  GetStatusResponse status = WithSession();
  status.set_agent_version("9.9.9");

  EXPECT_NE(FormatStatusText(status, nullptr, kNow)
                .find("Versions    vouchctl is " VOUCH_VERSION
                      ", the running agent is 9.9.9; restart it: systemctl --user restart vouchd\n"),
            std::string::npos);
}

TEST_F(StatusText, TellsTheClockSkewFromFiveSecondsOn) {
  GetStatusResponse status = WithSession();
  status.set_clock_offset_ms(4999);
  EXPECT_EQ(FormatStatusText(status, nullptr, kNow).find("Clock"), std::string::npos);

  status.set_clock_offset_ms(5000);
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("Clock       this machine is 5 s behind the server\n"),
            std::string::npos);
  status.set_clock_offset_ms(-180000);
  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("this machine is 3 min ahead of the server\n"),
            std::string::npos);
}

TEST_F(StatusText, CountsWhatIsLeftByTheAgentsClock) {
  GetStatusResponse status = WithSession();
  status.set_clock_offset_ms(600000);

  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("us-east-1, 44 min left, renewed in 24 min"),
            std::string::npos);
}

TEST_F(StatusText, SaysWhyACredentialIsDegraded) {
  GetStatusResponse status = WithSession();
  auto& credential = *status.mutable_credentials(0);
  credential.set_degraded(true);
  credential.set_degraded_reason(REASON_UNREACHABLE);
  credential.set_degraded_message("sts.amazonaws.com does not answer");

  EXPECT_NE(FormatStatusText(status, nullptr, kNow)
                .find("            renewal failed: sts.amazonaws.com does not answer (unreachable)\n"),
            std::string::npos);
}

TEST_F(StatusText, WarnsOfAPolicyThatIsNearlyFull) {
  GetStatusResponse status = WithSession();
  status.mutable_credentials(0)->set_packed_policy_percent(79);
  EXPECT_EQ(FormatStatusText(status, nullptr, kNow).find("nearly full"), std::string::npos);

  status.mutable_credentials(0)->set_packed_policy_percent(80);

  EXPECT_NE(FormatStatusText(status, nullptr, kNow)
                .find("nearly full: session policy and tags take 80 % of what AWS accepts"), std::string::npos);
}

TEST_F(StatusText, MarksWhatAnAiAgentHoldsAndWhatIsNotRenewed) {
  GetStatusResponse status = WithSession();
  auto& credential = *status.mutable_credentials(0);
  credential.set_agent_source("some-agent");
  credential.set_next_renewal_at(0);

  EXPECT_NE(FormatStatusText(status, nullptr, kNow)
                .find("54 min left, not renewed any more, read-only for some-agent\n"),
            std::string::npos);
}

TEST_F(StatusText, SendsNoEscapeSequenceOfTheServersMaking) {
  GetStatusResponse status = WithSession();
  status.mutable_session()->set_email("a\x1b[2J@b");

  EXPECT_EQ(FormatStatusText(status, nullptr, kNow).find('\x1b'), std::string::npos);
}

TEST_F(StatusText, ListsTheServersWhenThereAreSeveral) {
  GetStatusResponse status = WithSession();
  status.add_servers()->set_url("https://other.example.com");

  EXPECT_NE(FormatStatusText(status, nullptr, kNow)
                .find("Server      https://vouch.example.com (current), alice@example.com until 19:00\n"
                      "Server      https://other.example.com, not logged in\n"),
            std::string::npos);
}

TEST_F(StatusText, TellsWhatTheServerSaid) {
  SessionCheck check{CheckSessionResponse(), std::nullopt};
  EXPECT_NE(FormatStatusText(WithSession(), &check, kNow)
                .find("Checked     the server does not know the session; run: vouchctl login\n"),
            std::string::npos);

  check.answer->set_authenticated(true);
  check.answer->set_seconds_left(3600);
  check.answer->set_device_name("Blue key");
  EXPECT_NE(FormatStatusText(WithSession(), &check, kNow)
                .find("Checked     the server knows the session, 1 h 0 min left, made with Blue key\n"),
            std::string::npos);

  check = {std::nullopt, Error(REASON_UNREACHABLE, "vouch.test does not answer")};
  EXPECT_NE(
      FormatStatusText(WithSession(), &check, kNow).find("Checked     no answer: vouch.test does not answer\n"),
      std::string::npos);
}

TEST_F(StatusText, NamesTheKeysAndTheOneOfTheSession) {
  GetStatusResponse status = WithSession();
  AddKey(status, "Backup key", false);
  AddKey(status, "Blue key", true);

  EXPECT_NE(FormatStatusText(status, nullptr, kNow).find("Keys        Backup key, Blue key (this session)\n"),
            std::string::npos);
}

TEST_F(StatusText, SaysWhyTheKeyringIsNotUsedAndWhatIsWrongWithTheSettings) {
  GetStatusResponse status = WithoutSession();
  status.set_store_problem("the keyring did not answer within a second");
  status.set_config_problem("vouchd.toml, line 3: no such setting");

  const std::string text = FormatStatusText(status, nullptr, kNow);

  EXPECT_NE(text.find("Store       key in a file, session in memory only: the keyring did not answer within a second\n"),
            std::string::npos);
  EXPECT_NE(text.find("Config      the settings from before stay in force: vouchd.toml, line 3: no such setting\n"),
            std::string::npos);
}

TEST_F(StatusText, SendsToTheServerThatWasAskedAboutWhenItIsNotTheCurrentOne) {
  GetStatusResponse status = WithSession();
  status.clear_session();
  status.add_servers()->set_url("https://other.example.com");
  status.set_server("https://other.example.com");

  EXPECT_EQ(FormatStatusText(status, nullptr, kNow).substr(0, 70),
            "Not logged in; run: vouchctl login --server https://other.example.com\n");
}

TEST_F(StatusText, TellsTheWayOfEachStore) {
  const auto store = [](const char* kind, bool persists) {
    GetStatusResponse status = WithoutSession();
    status.set_store(kind);
    status.set_session_persists(persists);
    const std::string text = FormatStatusText(status, nullptr, kNow);
    const std::size_t begin = text.find("Store       ") + 12;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(store("secret-service", true), "key and session in the keyring");
  EXPECT_EQ(store("secret-service", false), "key in the keyring, session in memory only");
  EXPECT_EQ(store("file", true), "key in a file, session in the keyring");
  EXPECT_EQ(store("file", false), "key in a file, session in memory only");
}

TEST(StatusJson, TellsWhatTheServerSaid) {
  SessionCheck check{CheckSessionResponse(), std::nullopt};
  check.answer->set_authenticated(true);
  check.answer->set_email("alice@example.com");
  check.answer->set_seconds_left(3600);
  EXPECT_EQ(nlohmann::json::parse(FormatStatusJson(WithSession(), &check, kNow)).at("checked"),
            nlohmann::json::parse(R"({"authenticated": true, "email": "alice@example.com", "seconds_left": 3600,
                                      "device_name": null, "failure": null, "failure_message": null})"));

  check = {std::nullopt, Error(REASON_UNREACHABLE, "vouch.test does not answer")};
  EXPECT_EQ(nlohmann::json::parse(FormatStatusJson(WithSession(), &check, kNow)).at("checked"),
            nlohmann::json::parse(R"({"authenticated": null, "email": null, "seconds_left": null, "device_name": null,
                                      "failure": "unreachable", "failure_message": "vouch.test does not answer"})"));
}

TEST(StatusJson, NamesTheManagementRoles) {
  GetStatusResponse status = WithSession();
  status.add_management_roles("arn:aws:iam::123456789012:role/Management");

  EXPECT_EQ(nlohmann::json::parse(FormatStatusJson(status, nullptr, kNow)).at("management_roles"),
            nlohmann::json::parse(R"(["arn:aws:iam::123456789012:role/Management"])"));
}

TEST(StatusJson, HasTheDocumentedMembers) {
  GetStatusResponse status = WithSession();
  AddKey(status, "Blue key", true);

  EXPECT_EQ(FormatStatusJson(status, nullptr, kNow), R"({
  "schema_version": 1,
  "agent": {
    "version": ")" VOUCH_VERSION R"(",
    "pid": 4242,
    "started_at": "2026-11-24T09:58:00Z",
    "uptime_seconds": 7320
  },
  "client": {
    "version": ")" VOUCH_VERSION R"("
  },
  "server": "https://vouch.example.com",
  "servers": [
    {
      "url": "https://vouch.example.com",
      "current": true,
      "email": "alice@example.com",
      "expires_at": "2026-11-24T19:00:00Z"
    }
  ],
  "store": "secret-service",
  "store_problem": null,
  "session_persists": true,
  "config_problem": null,
  "desktop_notices": true,
  "locked": false,
  "locked_until_login": false,
  "lock_server": null,
  "confirmations_waiting": 0,
  "clock_offset_ms": 0,
  "session": {
    "email": "alice@example.com",
    "server": "https://vouch.example.com",
    "authenticated_at": "2026-11-24T11:00:00Z",
    "expires_at": "2026-11-24T19:00:00Z",
    "seconds_left": 25200
  },
  "keys": [
    {
      "name": "Blue key",
      "used_for_login": true
    }
  ],
  "checked": null,
  "management_roles": [],
  "credentials": [
    {
      "kind": "aws",
      "role_arn": "arn:aws:iam::123456789012:role/VouchDeveloper",
      "account_id": "123456789012",
      "via": null,
      "region": "us-east-1",
      "source": "sts:AssumeRoleWithWebIdentity",
      "expires_at": "2026-11-24T12:54:00Z",
      "seconds_left": 3240,
      "next_renewal_at": "2026-11-24T12:34:00Z",
      "degraded": false,
      "degraded_reason": null,
      "degraded_message": null,
      "agent_source": null,
      "audience": null,
      "last_used_at": "2026-11-24T11:59:00Z",
      "packed_policy_percent": null
    }
  ]
}
)");
}

TEST(StatusJson, KeepsEveryMemberWithoutSession) {
  const auto json = nlohmann::json::parse(FormatStatusJson(WithoutSession(), nullptr, kNow));

  EXPECT_TRUE(json.at("session").is_null());
  EXPECT_TRUE(json.at("server").is_null());
  EXPECT_EQ(json.at("credentials"), nlohmann::json::array());
  EXPECT_EQ(json.at("session_persists"), false);
  EXPECT_EQ(json.at("keys"), nlohmann::json::array());
}

TEST(StatusJson, TellsTheProblems) {
  GetStatusResponse status = WithoutSession();
  status.set_store_problem("no answer");
  status.set_config_problem("no such setting");

  const auto json = nlohmann::json::parse(FormatStatusJson(status, nullptr, kNow));

  EXPECT_EQ(json.at("store_problem"), "no answer");
  EXPECT_EQ(json.at("config_problem"), "no such setting");
}

TEST(StatusJson, NamesTheReasonOfADegradedCredential) {
  GetStatusResponse status = WithSession();
  status.mutable_credentials(0)->set_degraded(true);
  status.mutable_credentials(0)->set_degraded_reason(REASON_UPSTREAM);
  status.mutable_credentials(0)->set_degraded_message("STS answers 503");

  const auto credential = nlohmann::json::parse(FormatStatusJson(status, nullptr, kNow)).at("credentials").at(0);

  EXPECT_EQ(credential.at("degraded"), true);
  EXPECT_EQ(credential.at("degraded_reason"), "upstream");
  EXPECT_EQ(credential.at("degraded_message"), "STS answers 503");
}

TEST(StatusJson, ReplacesBytesThatAreNotUtf8) {
  GetStatusResponse status = WithSession();
  status.mutable_session()->set_email("a\xff@b");

  EXPECT_EQ(nlohmann::json::parse(FormatStatusJson(status, nullptr, kNow)).at("session").at("email"),
            "a\xEF\xBF\xBD@b");
}

}  // namespace
}  // namespace vouch
