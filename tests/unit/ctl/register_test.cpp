// The registration between a fake agent and the software key.
#include "register.h"

#include "unit/ctl/key_test.h"

namespace vouch {
namespace {

class Register : public KeyTest {
 protected:
  void RunRegistration(const Softkey& softkey, const std::string& input = "123456\n") {
    RunPiped(softkey.device(), input, [&](Client& client, KeyDialog& key) { RunRegister(options, client, key, out); });
  }

  RegisterOptions options;
};

TEST_F(Register, HandsInWhatTheKeyMade) {
  const Softkey softkey({.blank = true});
  options.server = "https://vouch.test";
  options.name = " Blue key ";

  RunRegistration(softkey);

  EXPECT_EQ(agent.asked_registration().name(), "Blue key");
  EXPECT_EQ(agent.asked_registration().server(), "https://vouch.test");
  const auto made = agent.asked_registered().value();
  EXPECT_EQ(made.registration_id(), "registration-1");
  EXPECT_EQ(made.credential_id().size(), 32u);
  EXPECT_EQ(made.client_data_json(),
            R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",)"
            R"("origin":"https://vouch.test","crossOrigin":false})");
  EXPECT_NE(made.attestation_object().find(made.credential_id()), std::string::npos);
  EXPECT_EQ(made.public_key().size(), 91u);  // DER of a P-256 key
  EXPECT_EQ(out.str(), "Registered this security key as \"Blue key\".\n");
}

TEST_F(Register, AKeyWithoutAProductNameHasAPlainOne) {
  const Softkey softkey({.blank = true});

  RunRegistration(softkey);

  EXPECT_EQ(agent.asked_registration().name(), "Security key");
  EXPECT_EQ(agent.calls(), (std::vector<std::string>{"BeginKeyRegistration", "FinishKeyRegistration"}));
}

TEST_F(Register, AsksTheServerBeforeThePin) {
  const Softkey softkey({.blank = true});
  agent.FailNext("BeginKeyRegistration", REASON_NOT_LOGGED_IN);

  EXPECT_EQ(ThrownBy([&] { RunRegistration(softkey); }).reason(), REASON_NOT_LOGGED_IN);
  EXPECT_EQ(softkey.Log(), "");
}

TEST_F(Register, RefusesABadNameBeforeAnything) {
  const Softkey softkey({.blank = true});
  options.name = std::string(101, 'x');

  EXPECT_EQ(ThrownBy([&] { RunRegistration(softkey); }).reason(), REASON_CONFIGURATION);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(Register, AKeyOfTheAccountIsNotRegisteredAgain) {
  const Softkey softkey({.blank = true});
  RunRegistration(softkey);
  agent.registration.add_exclude_credential_ids(agent.asked_registered()->credential_id());

  const Error error = ThrownBy([&] { RunRegistration(softkey); });

  EXPECT_EQ(error.reason(), REASON_KEY_EXISTS);
  EXPECT_EQ(error.remedy(), "plug in another one, or log in with this one: vouchctl login");
}

TEST_F(Register, LogsInOnceWhenTheServerWantsIt) {
  const Softkey known;
  const Softkey fresh({.blank = true});
  agent.FailNext("BeginKeyRegistration", REASON_STEP_UP_REQUIRED);

  RunPiped(known.device() + "," + fresh.device(), "123456\n123456\n",
           [&](Client& client, KeyDialog& key) { RunRegister(options, client, key, out); });

  EXPECT_EQ(agent.calls(), (std::vector<std::string>{"BeginKeyRegistration", "BeginLogin", "FinishLogin",
                                                     "BeginKeyRegistration", "FinishKeyRegistration"}));
  EXPECT_EQ(screen.Text().substr(0, 42), "The server wants a new login for this.\nTou");
}

TEST_F(Register, ASecondDemandForALoginIsAnError) {
  const Softkey softkey;
  agent.FailNext("BeginKeyRegistration", REASON_STEP_UP_REQUIRED);
  agent.FailNext("BeginKeyRegistration", REASON_STEP_UP_REQUIRED);

  EXPECT_EQ(ThrownBy([&] { RunRegistration(softkey); }).reason(), REASON_STEP_UP_REQUIRED);
}

TEST_F(Register, RefusesAChallengeThatIsNone) {
  const Softkey softkey({.blank = true});
  agent.registration.set_challenge("short");

  EXPECT_EQ(ThrownBy([&] { RunRegistration(softkey); }).reason(), REASON_BAD_ANSWER);
  EXPECT_EQ(softkey.Log(), "");
}

}  // namespace
}  // namespace vouch
