// The talk with the person: sensor, PIN, first PIN. The key is the software one, the person a pipe or a terminal.
#include "key_dialog.h"

#include "fido/client_data.h"
#include "unit/ctl/key_test.h"

namespace vouch {
namespace {

class Dialog : public KeyTest {
 protected:
  // Opens the key and signs as often as told.
  Command Sign(int times = 1) {
    return [this, times](Client&, KeyDialog& key) {
      key.Open({.rp_id = kRpId});
      for (int i = 0; i < times; ++i) key.GetAssertion(kRpId, ClientDataJson(kChallenge, kRpId));
      signed_ = true;
    };
  }

  bool signed_ = false;
};

TEST_F(Dialog, AsksForThePinOnce) {
  const Softkey softkey;

  RunPiped(softkey.device(), "123456\n", Sign(/*times=*/2));

  EXPECT_EQ(screen.Text(), "Touch your security key…\nTouch your security key…\n");
}

TEST_F(Dialog, AKeyThatIsOpenedAnewDoesNotGetThePinOfBefore) {
  const Softkey softkey;
  const auto authenticator = MakeAuthenticator(softkey.device().c_str(), interrupt);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  ASSERT_EQ(::write(write.get(), "123456\n", 7), 7);
  Prompt prompt(interrupt, err, read.get());
  KeyDialog key(*authenticator, prompt, err, timeout, "vouchctl login");
  key.Open({.rp_id = kRpId});
  key.GetAssertion(kRpId, ClientDataJson(kChallenge, kRpId));
  write = UniqueFd();

  key.Open({.rp_id = kRpId});

  const Error error = ThrownBy([&] { key.GetAssertion(kRpId, ClientDataJson(kChallenge, kRpId)); });
  EXPECT_EQ(error.reason(), REASON_CONFIGURATION) << "it was not asked for again";
  EXPECT_STREQ(error.what(), "no PIN on standard input");
}

TEST_F(Dialog, TheSensorNeedsNoPin) {
  const Softkey softkey({.more = {"--uv", "ok"}});

  RunPiped(softkey.device(), "", Sign());

  EXPECT_TRUE(signed_);
  EXPECT_EQ(screen.Text(), "Touch the sensor of your security key…\n");
}

TEST_F(Dialog, ThePinIsAskedWhenTheSensorRecognisesNobody) {
  const Softkey softkey({.more = {"--uv", "fail"}});

  RunPiped(softkey.device(), "123456\n", Sign(/*times=*/2));

  EXPECT_TRUE(signed_);
  EXPECT_EQ(screen.Text(),
            "Touch the sensor of your security key…\n"
            "the sensor of the security key did not recognise you; use the PIN instead\n"
            "Touch your security key…\nTouch your security key…\n");
}

TEST_F(Dialog, ThePinIsAskedWhenTheSensorIsBlocked) {
  const Softkey softkey({.more = {"--uv", "blocked"}});

  RunPiped(softkey.device(), "123456\n", Sign());

  EXPECT_TRUE(signed_);
  EXPECT_NE(
      screen.Text().find("the sensor of the security key is blocked after too many failures; use the PIN instead"),
      std::string::npos);
}

TEST_F(Dialog, AKeyWithoutPinGetsOneOnATerminal) {
  const Softkey softkey({.pin = ""});

  RunTyped(softkey.device(), {"yes", "first-pin", "first-pin"}, Sign());

  EXPECT_TRUE(signed_);
  EXPECT_EQ(screen.Text(),
            "The security key has no PIN yet, and needs one. Set it now? (yes/no) "
            "New PIN (8 to 63 characters): \nThe same again: \nThe PIN is set.\nTouch your security key…\n");
  RunPiped(softkey.device(), "first-pin\n", Sign());
}

TEST_F(Dialog, ANewPinHasEightCharactersAndIsTypedTwice) {
  const Softkey softkey({.pin = ""});

  RunTyped(softkey.device(), {"yes", "1234567", "first-pin", "other-pin", "third-pin", "third-pin"}, Sign());

  EXPECT_TRUE(signed_);
  EXPECT_NE(screen.Text().find("vouchctl: a new PIN has 8 to 63 characters\n"), std::string::npos);
  EXPECT_NE(screen.Text().find("vouchctl: the two PINs differ; nothing was set\n"), std::string::npos);
  RunPiped(softkey.device(), "third-pin\n", Sign());
}

TEST_F(Dialog, AKeyKeepsHavingNoPinAfterANo) {
  const Softkey softkey({.pin = ""});

  const Error error = ThrownBy([&] { RunTyped(softkey.device(), {"no"}, Sign()); });

  EXPECT_EQ(error.reason(), REASON_PIN_NOT_SET);
  EXPECT_NE(softkey.File().find("\"pin_hash\": null"), std::string::npos);
}

TEST_F(Dialog, AScriptIsToldThatThereIsNoPin) {
  const Softkey softkey({.pin = ""});

  const Error error = ThrownBy([&] { RunPiped(softkey.device(), "first-pin\n", Sign()); });

  EXPECT_EQ(error.reason(), REASON_PIN_NOT_SET);
  EXPECT_EQ(error.remedy(), "run vouchctl login in a terminal to set one");
  EXPECT_NE(softkey.File().find("\"pin_hash\": null"), std::string::npos);
}

TEST_F(Dialog, SaysThatTheTouchDecidesBetweenSeveralKeys) {
  const Softkey touched;
  const Softkey other({.touch = "never"});

  RunPiped(touched.device() + "," + other.device(), "123456\n", Sign());

  EXPECT_EQ(screen.Text(),
            "Several security keys are plugged in: touch the one to be used…\nTouch your security key…\n");
}

}  // namespace
}  // namespace vouch
