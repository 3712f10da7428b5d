// Several security keys at once: the real libfido2 against software keys.
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "fido/authenticator_fido2.h"
#include "fido/client_data.h"
#include "fido/key_bus.h"
#include "unit/ctl/softkey_process.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const std::string kClientData = ClientDataJson("0123456789abcdef0123456789abcdef", kRpId);

class KeyChoice : public testing::Test {
 protected:
  void Open(const std::vector<const Softkey*>& keys, const KeyWish& wish = {.rp_id = kRpId}) {
    std::string device;
    for (const Softkey* key : keys) device += (device.empty() ? "" : ",") + key->device();
    OpenDevice(device, wish);
  }
  void OpenDevice(const std::string& device, const KeyWish& wish) {
    authenticator = MakeAuthenticator(device.c_str(), interrupt);
    deadline = Clock::now() + limit;  // not sooner: the keys take their time to start
    authenticator->Open(wish, deadline, {[] {}, [this] { ++told; }});
  }

  Assertion SignWith(const std::string& typed) {
    Pin pin;
    for (char c : typed) pin.Append(c);
    return authenticator->GetAssertion(kRpId, kClientData, &pin, deadline);
  }

  // The credential of the key that was chosen.
  std::string Sign() { return EncodeBase64Url(SignWith("123456").credential_id); }

  static void Touch(const std::string& path) { std::ofstream(path) << "finger"; }

  Interrupt interrupt;
  std::chrono::seconds limit{20};
  Deadline deadline;
  std::unique_ptr<Authenticator> authenticator;
  std::atomic<int> told = 0;
  TemporaryFolder folder;
};

TEST_F(KeyChoice, TheOneThatHoldsTheCredentialWinsWithoutATouch) {
  const Softkey blank({.touch = "never", .blank = true});
  const Softkey right;

  Open({&blank, &right});

  EXPECT_EQ(told, 0);
  EXPECT_EQ(Sign(), right.credential_id());
}

TEST_F(KeyChoice, WhenBothHoldOneTheTouchDecides) {
  const Softkey other({.touch = "never"});
  const Softkey touched({.touch = "file:" + (folder / "finger")});
  auto opening = std::async(std::launch::async, [&] { Open({&other, &touched}); });
  while (told == 0 && opening.wait_for(milliseconds(5)) != std::future_status::ready) {
  }

  Touch(folder / "finger");
  opening.get();

  EXPECT_EQ(told, 1);
  Touch(folder / "finger");
  EXPECT_EQ(Sign(), touched.credential_id());
}

TEST_F(KeyChoice, TheOthersStopBlinkingAndSeeNoPin) {
  Softkey other({.touch = "never"});
  const Softkey touched;

  Open({&other, &touched});
  Sign();

  EXPECT_TRUE(other.WaitForLog("makeCredential -> KEEPALIVE_CANCEL\nsoftkey: unplugged"));
  EXPECT_EQ(other.Log().find("clientPIN"), std::string::npos);
  EXPECT_NE(touched.Log().find("clientPIN"), std::string::npos);
}

TEST_F(KeyChoice, AllStopBlinkingAtTheDeadline) {
  Softkey one({.touch = "never"}), two({.touch = "never"});
  limit = std::chrono::seconds(4);

  EXPECT_EQ(ThrownBy([&] { Open({&one, &two}); }).reason(), REASON_TOUCH_TIMEOUT);

  EXPECT_TRUE(one.WaitForLog("makeCredential -> KEEPALIVE_CANCEL"));
  EXPECT_TRUE(two.WaitForLog("makeCredential -> KEEPALIVE_CANCEL"));
}

TEST_F(KeyChoice, AllStopBlinkingAtCtrlC) {
  Softkey one({.touch = "never"}), two({.touch = "never"});
  auto opening = std::async(std::launch::async, [&] { return ThrownBy([&] { Open({&one, &two}); }); });
  EXPECT_TRUE(one.WaitForLog("waits for a touch"));
  EXPECT_TRUE(two.WaitForLog("waits for a touch"));

  interrupt.Set();

  EXPECT_EQ(opening.get().reason(), REASON_CANCELLED);
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(one.WaitForLog("makeCredential -> KEEPALIVE_CANCEL"));
  EXPECT_TRUE(two.WaitForLog("makeCredential -> KEEPALIVE_CANCEL"));
}

TEST_F(KeyChoice, SaysThatNoneHoldsACredential) {
  const Softkey one({.blank = true}), two({.blank = true});

  const Error error = ThrownBy([&] { Open({&one, &two}); });

  EXPECT_EQ(error.reason(), REASON_NO_CREDENTIAL);
  EXPECT_STREQ(error.what(), "none of the 2 security keys plugged in holds a credential for this server");
}

TEST_F(KeyChoice, OneThatIsPulledOutIsOutOfTheContest) {
  const Softkey pulled({.touch = "never", .more = {"--unplug-at", "touch", "--unplug-for-good"}});
  const Softkey touched({.touch = "0.5"});

  Open({&pulled, &touched});

  EXPECT_EQ(Sign(), touched.credential_id());
}

TEST_F(KeyChoice, WhenAllArePulledOutItSaysSoAtOnce) {
  const Softkey one({.touch = "never", .more = {"--unplug-at", "touch"}});
  const Softkey two({.touch = "never", .more = {"--unplug-at", "touch"}});

  const Error error = ThrownBy([&] { Open({&one, &two}); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);  // not that nobody touched one in time
  EXPECT_EQ(error.remedy(), "plug it in again and retry");
}

TEST_F(KeyChoice, ForANewCredentialTheOneThatTheAccountDoesNotHaveWins) {
  const Softkey known;
  const Softkey fresh({.blank = true});
  Open({&known});
  const std::string id = SignWith("123456").credential_id;

  Open({&known, &fresh}, {.rp_id = kRpId, .is_for_new_credential = true, .excluded = {id}});

  EXPECT_EQ(told, 0);
  EXPECT_EQ(ThrownBy([&] { Sign(); }).reason(), REASON_NO_CREDENTIAL);  // it is the blank one
}

TEST_F(KeyChoice, ForANewCredentialOfTwoFreshKeysTheTouchDecides) {
  const Softkey one({.touch = "never", .blank = true});
  Softkey two({.blank = true});

  Open({&one, &two}, {.rp_id = kRpId, .is_for_new_credential = true});

  EXPECT_EQ(told, 1);
  EXPECT_EQ(authenticator->PinTries(), 8);
  EXPECT_TRUE(two.WaitForLog("clientPIN -> OK"));
}

TEST_F(KeyChoice, OneThatIsNotThereYetIsNotWaitedFor) {
  const Softkey right;

  OpenDevice("unix:" + (folder / "missing.sock") + "," + right.device(), {.rp_id = kRpId});

  EXPECT_EQ(Sign(), right.credential_id());
}

TEST_F(KeyChoice, AnotherKeyCanBeOpenedAfterwards) {
  const Softkey one, two;
  Open({&one});
  EXPECT_EQ(Sign(), one.credential_id());

  Open({&two});

  EXPECT_EQ(Sign(), two.credential_id());
}

TEST(KeyBus, SpeaksOfUdevOnlyWhereItDecides) {
  EXPECT_EQ(KeyBus({"/nonexistent/key.sock"}).RemedyForNone(), "plug it in and try again");
#ifdef __linux__
  EXPECT_NE(KeyBus({}).RemedyForNone().find("udev"), std::string::npos);
#endif
}

}  // namespace
}  // namespace vouch
