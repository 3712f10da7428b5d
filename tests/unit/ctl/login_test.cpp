// The login between a fake agent and the software key; the person is a pipe or a pseudo-terminal.
#include "login.h"

#include "unit/ctl/key_test.h"
#include "unit/ctl/verify.h"

namespace vouch {
namespace {

class Login : public KeyTest {
 protected:
  void RunPiped(const Softkey& softkey, const std::string& input) {
    KeyTest::RunPiped(softkey.device(), input,
                      [&](Client& client, KeyDialog& key) { RunLogin(options, client, key, out); });
  }
  void Run(const std::string& device, Prompt& prompt) {
    KeyTest::Run(device, prompt, [&](Client& client, KeyDialog& key) { RunLogin(options, client, key, out); });
  }

  LoginOptions options;
};

TEST_F(Login, HandsTheVerifiedAssertionToTheAgent) {
  const Softkey softkey;

  RunPiped(softkey, "123456\n");

  const auto finish = agent.asked_finish().value();
  EXPECT_EQ(finish.login_id(), "login-1");
  EXPECT_EQ(finish.client_data_json(),
            R"({"type":"webauthn.get","challenge":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",)"
            R"("origin":"https://vouch.test","crossOrigin":false})");
  EXPECT_EQ(finish.user_handle(), std::string(kUserHandle, 16));
  EXPECT_TRUE(
      Verifies(softkey.public_key_pem(), finish.authenticator_data(), finish.client_data_json(), finish.signature()));
}

TEST_F(Login, PrintsOneLineAndAsksOnStderr) {
  const Softkey softkey;

  RunPiped(softkey, "123456\n");

  EXPECT_EQ(out.str().substr(0, 34), "Logged in as alice@example.com unt");
  EXPECT_EQ(out.str().substr(out.str().size() - 14), " (8 h 0 min).\n");
  EXPECT_EQ(screen.Text(), "Touch your security key…\n");
}

TEST_F(Login, AsksTheServerThatWasNamed) {
  const Softkey softkey;
  options.server = "https://vouch.example.com";

  RunPiped(softkey, "123456\n");

  EXPECT_EQ(agent.asked_begin().server(), "https://vouch.example.com");
  EXPECT_EQ(agent.asked_begin().client_version(), VOUCH_VERSION);
}

TEST_F(Login, FailsBeforeThePinWhenTheServerCannotBeAsked) {
  const Softkey softkey;
  agent.detail.emplace();
  agent.detail->set_reason(REASON_UNREACHABLE);

  EXPECT_EQ(ThrownBy([&] { RunPiped(softkey, "000000\n"); }).reason(), REASON_UNREACHABLE);
  EXPECT_EQ(screen.Text(), "");
  EXPECT_EQ(softkey.Log(), "");
}

TEST_F(Login, AWrongPinFromAPipeIsNotTriedAgain) {
  const Softkey softkey;

  const Error error = ThrownBy([&] { RunPiped(softkey, "000000\n123456\n"); });

  EXPECT_EQ(error.reason(), REASON_PIN_WRONG);
  EXPECT_STREQ(error.what(), "wrong PIN, 7 tries left before the key locks for good");
  EXPECT_EQ(out.str(), "");
  EXPECT_FALSE(agent.asked_finish().has_value());
}

TEST_F(Login, AnImpossiblePinCostsNoTry) {
  const Softkey softkey;

  EXPECT_EQ(ThrownBy([&] { RunPiped(softkey, "123\n"); }).reason(), REASON_PIN_WRONG);

  EXPECT_NE(softkey.File().find("\"pin_retries\": 8"), std::string::npos);
}

TEST_F(Login, OnATerminalAWrongPinMayBeTypedAgain) {
  const Softkey softkey;
  Typist typist(screen, {"000000", "123456"});
  Prompt prompt(interrupt, err, typist.fd(), typist.name());

  Run(softkey.device(), prompt);

  EXPECT_TRUE(agent.asked_finish().has_value());
  EXPECT_EQ(screen.Text(),
            "PIN of the security key: \nTouch your security key…\n"
            "vouchctl: wrong PIN, 7 tries left before the key locks for good; try again: vouchctl login\n"
            "PIN of the security key: \nTouch your security key…\n");
}

TEST_F(Login, OnATerminalThreeImpossiblePinsAreEnough) {
  const Softkey softkey;
  Typist typist(screen, {"1", "2", "3", "123456"});
  Prompt prompt(interrupt, err, typist.fd(), typist.name());

  EXPECT_EQ(ThrownBy([&] { Run(softkey.device(), prompt); }).reason(), REASON_PIN_WRONG);
  EXPECT_EQ(typist.typed(), 3u);
}

void SpendTries(const Softkey& softkey, int count) {
  const Interrupt interrupt;
  Pin wrong;
  for (char c : std::string("000000")) wrong.Append(c);
  for (int i = 0; i < count; ++i) {
    const auto key = MakeAuthenticator(softkey.device().c_str(), interrupt);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    key->Open({.rp_id = kRpId}, deadline, {[] {}, [] {}});
    ThrownBy([&] { key->GetAssertion(kRpId, "{}", &wrong, deadline); });
  }
}

TEST_F(Login, TheLastTryIsNeverSpentByAPipe) {
  const Softkey softkey;
  SpendTries(softkey, 7);

  const Error error = ThrownBy([&] { RunPiped(softkey, "000000\n"); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);
  EXPECT_STREQ(error.what(), "one PIN try is left before the security key locks for good");
  EXPECT_NE(softkey.File().find("\"pin_retries\": 1"), std::string::npos);
}

TEST_F(Login, TheLastTryIsSpentOnATerminalAfterAYes) {
  const Softkey softkey;
  SpendTries(softkey, 7);
  Typist typist(screen, {"yes", "123456"});
  Prompt prompt(interrupt, err, typist.fd(), typist.name());

  Run(softkey.device(), prompt);

  EXPECT_TRUE(agent.asked_finish().has_value());
}

TEST_F(Login, TheLastTryIsKeptAfterANo) {
  const Softkey softkey;
  SpendTries(softkey, 7);
  Typist typist(screen, {"no"});
  Prompt prompt(interrupt, err, typist.fd(), typist.name());

  EXPECT_EQ(ThrownBy([&] { Run(softkey.device(), prompt); }).reason(), REASON_CANCELLED);
  EXPECT_NE(softkey.File().find("\"pin_retries\": 1"), std::string::npos);
}

TEST_F(Login, OneTimeLimitHoldsForEverything) {
  const Softkey softkey({.touch = "never"});
  timeout = std::chrono::seconds(4);

  EXPECT_EQ(ThrownBy([&] { RunPiped(softkey, "123456\n"); }).reason(), REASON_TOUCH_TIMEOUT);
}

TEST_F(Login, SaysThatItWaitsForAKeyOnlyWhenItDoes) {
  const TemporaryFolder folder;
  timeout = std::chrono::seconds(5);
  Prompt prompt(interrupt, err, /*input=*/-1);

  EXPECT_EQ(ThrownBy([&] { Run("unix:" + (folder / "missing.sock"), prompt); }).reason(), REASON_NO_SECURITY_KEY);
  EXPECT_EQ(screen.Text(), "Insert your security key…\n");
}

TEST_F(Login, RefusesAChallengeThatIsNone) {
  const Softkey softkey;
  agent.challenge.set_rp_id("vouch.test\",\"x\":\"");

  EXPECT_EQ(ThrownBy([&] { RunPiped(softkey, "123456\n"); }).reason(), REASON_BAD_ANSWER);
  EXPECT_EQ(softkey.Log(), "");
}

}  // namespace
}  // namespace vouch
