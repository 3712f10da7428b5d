// Keys that recognise their user by a fingerprint, and keys that are pulled out halfway: the real libfido2 against the
// software key.
#include <gtest/gtest.h>

#include "fido/authenticator_fido2.h"
#include "fido/client_data.h"
#include "unit/ctl/softkey_process.h"
#include "unit/ctl/thrown.h"
#include "unit/ctl/verify.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;

const std::string kClientData = ClientDataJson("0123456789abcdef0123456789abcdef", kRpId);

class KeyUse : public testing::Test {
 protected:
  void Open(const Softkey& softkey) {
    authenticator = MakeAuthenticator(softkey.device().c_str(), interrupt);
    deadline = Clock::now() + std::chrono::seconds(20);  // not sooner: the key takes its time to start
    authenticator->Open({.rp_id = kRpId}, deadline, {[] {}, [] {}});
  }
  Assertion SignWithPin() {
    Pin pin;
    for (char c : std::string("123456")) pin.Append(c);
    return authenticator->GetAssertion(kRpId, kClientData, &pin, deadline);
  }
  Assertion SignWithSensor() { return authenticator->GetAssertion(kRpId, kClientData, nullptr, deadline); }

  Interrupt interrupt;
  Deadline deadline;
  std::unique_ptr<Authenticator> authenticator;
};

class Sensor : public KeyUse, public testing::WithParamInterface<const char*> {};

TEST_P(Sensor, VerifiesTheUserWithoutAPin) {
  const Softkey softkey({.ctap = GetParam(), .more = {"--uv", "ok"}});
  Open(softkey);
  EXPECT_TRUE(authenticator->HasSensor());

  const Assertion assertion = SignWithSensor();

  EXPECT_EQ(assertion.authenticator_data[32], '\x05');  // user present, user verified
  EXPECT_TRUE(Verifies(softkey.public_key_pem(), assertion.authenticator_data, kClientData, assertion.signature));
}

TEST_P(Sensor, ThatRecognisesNobodyLeavesThePin) {
  const Softkey softkey({.ctap = GetParam(), .more = {"--uv", "fail"}});
  Open(softkey);

  EXPECT_EQ(ThrownBy([&] { SignWithSensor(); }).reason(), REASON_PIN_WRONG);
  EXPECT_NO_THROW(SignWithPin());
}

TEST_P(Sensor, ThatIsBlockedLeavesThePin) {
  const Softkey softkey({.ctap = GetParam(), .more = {"--uv", "blocked"}});
  Open(softkey);

  EXPECT_EQ(ThrownBy([&] { SignWithSensor(); }).reason(), REASON_PIN_BLOCKED);
  EXPECT_NO_THROW(SignWithPin());
}

INSTANTIATE_TEST_SUITE_P(OfBothAges, Sensor, testing::Values("2.1", "2.0"),
                         [](const auto& test) { return std::string(test.param) == "2.1" ? "New" : "Old"; });

TEST_F(KeyUse, AKeyPulledOutBeforeThePinWasCheckedIsToBePluggedInAgain) {
  const Softkey softkey({.more = {"--unplug-at", "getpin"}});
  Open(softkey);

  const Error error = ThrownBy([&] { SignWithPin(); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);
  EXPECT_STREQ(error.what(), "lost the connection to the security key");
  EXPECT_EQ(error.remedy(), "plug it in again and retry");
}

TEST_F(KeyUse, AKeyPulledOutInsteadOfATouchIsToBePluggedInAgain) {
  const Softkey softkey({.touch = "never", .more = {"--unplug-at", "touch"}});
  Open(softkey);

  const Error error = ThrownBy([&] { SignWithPin(); });

  EXPECT_STREQ(error.what(), "lost the connection to the security key");  // not that nobody touched it in time
  EXPECT_EQ(error.remedy(), "plug it in again and retry");
}

TEST_F(KeyUse, AKeyPulledOutAfterTheTouchIsToBePluggedInAgain) {
  const Softkey softkey({.more = {"--unplug-at", "after-touch"}});
  Open(softkey);

  EXPECT_STREQ(ThrownBy([&] { SignWithPin(); }).what(), "lost the connection to the security key");
}

TEST_F(KeyUse, AKeyPulledOutWhileThePinIsTypedIsToBePluggedInAgain) {
  {
    const Softkey softkey;
    Open(softkey);
  }  // its program has ended

  const Error error = ThrownBy([&] { SignWithPin(); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);
  EXPECT_EQ(error.remedy(), "plug it in again and retry");
  EXPECT_EQ(ThrownBy([&] { authenticator->PinTries(); }).remedy(), "plug it in again and retry");
}

TEST_F(KeyUse, AKeyPluggedInAgainWorks) {
  const Softkey softkey({.more = {"--unplug-at", "touch"}});
  Open(softkey);
  ThrownBy([&] { SignWithPin(); });

  Open(softkey);

  EXPECT_NO_THROW(SignWithPin());
}

}  // namespace
}  // namespace vouch
