// The real libfido2 against the software key, through the transport that ships.
#include "fido/authenticator_fido2.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <future>

#include "fido/client_data.h"
#include "unit/ctl/softkey_process.h"
#include "unit/ctl/thrown.h"
#include "unit/ctl/verify.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kClientData = ClientDataJson("0123456789abcdef0123456789abcdef", kRpId);

Deadline Soon() { return Clock::now() + seconds(20); }

Pin MakePin(const std::string& text) {
  Pin pin;
  for (char c : text) pin.Append(c);
  return pin;
}

const KeyWaiting kQuiet = {[] {}, [] {}};

// An opened key.
struct Key {
  explicit Key(const Softkey& softkey) : authenticator(MakeAuthenticator(softkey.device().c_str(), interrupt)) {
    authenticator->Open({.rp_id = kRpId}, Soon(), kQuiet);
  }
  Assertion Sign(const std::string& pin, Deadline deadline = Soon(), const std::string& rp_id = kRpId) {
    const Pin typed = MakePin(pin);
    return authenticator->GetAssertion(rp_id, kClientData, &typed, deadline);
  }
  Interrupt interrupt;
  std::unique_ptr<Authenticator> authenticator;
};

TEST(Fido2Authenticator, TheAssertionVerifies) {
  const Softkey softkey;

  const Assertion assertion = Key(softkey).Sign("123456");

  EXPECT_TRUE(Verifies(softkey.public_key_pem(), assertion.authenticator_data, kClientData, assertion.signature));
  EXPECT_EQ(EncodeBase64Url(assertion.credential_id), softkey.credential_id());
  EXPECT_EQ(assertion.user_handle, std::string(kUserHandle, 16));
}

TEST(Fido2Authenticator, AuthenticatorDataIsRaw) {
  const Softkey softkey;
  unsigned char rp_id_hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(kRpId), std::strlen(kRpId), rp_id_hash);

  const std::string data = Key(softkey).Sign("123456").authenticator_data;

  ASSERT_EQ(data.size(), 37u);
  EXPECT_EQ(data.substr(0, 32), std::string(reinterpret_cast<const char*>(rp_id_hash), sizeof rp_id_hash));
  EXPECT_EQ(data[32], '\x05');  // user present, user verified
  EXPECT_EQ(data.substr(33), std::string("\0\0\0\1", 4));
}

TEST(Fido2Authenticator, SpeaksPinProtocolOneWithAnOldKey) {
  const Softkey softkey({.ctap = "2.0"});

  const Assertion assertion = Key(softkey).Sign("123456");

  EXPECT_TRUE(Verifies(softkey.public_key_pem(), assertion.authenticator_data, kClientData, assertion.signature));
}

TEST(Fido2Authenticator, WaitsForATouchThatTakesItsTime) {
  const Softkey softkey({.touch = "0.4"});
  const auto start = Clock::now();

  Key(softkey).Sign("123456");

  EXPECT_GE(Clock::now() - start, milliseconds(400));
}

TEST(Fido2Authenticator, AWrongPinTellsTheTriesLeft) {
  const Softkey softkey;
  Key key(softkey);
  EXPECT_EQ(key.authenticator->PinTries(), 8);

  const Error error = ThrownBy([&] { key.Sign("000000"); });

  EXPECT_EQ(error.reason(), REASON_PIN_WRONG);
  EXPECT_STREQ(error.what(), "wrong PIN, 7 tries left before the key locks for good");
  EXPECT_EQ(key.authenticator->PinTries(), 7);
}

TEST(Fido2Authenticator, TheRightPinAfterAWrongOneBringsTheTriesBack) {
  const Softkey softkey;
  Key key(softkey);
  ThrownBy([&] { key.Sign("000000"); });

  key.Sign("123456");

  EXPECT_EQ(key.authenticator->PinTries(), 8);
}

TEST(Fido2Authenticator, ThreeWrongPinsInARowBlockUntilTheKeyIsPluggedInAgain) {
  const Softkey softkey;
  {
    Key key(softkey);
    EXPECT_EQ(ThrownBy([&] { key.Sign("000000"); }).reason(), REASON_PIN_WRONG);
    EXPECT_EQ(ThrownBy([&] { key.Sign("000000"); }).reason(), REASON_PIN_WRONG);
    const Error third = ThrownBy([&] { key.Sign("000000"); });
    EXPECT_EQ(third.reason(), REASON_PIN_BLOCKED);
    EXPECT_EQ(third.remedy(), "unplug the key, plug it in and try again");
    EXPECT_EQ(ThrownBy([&] { key.Sign("123456"); }).reason(), REASON_PIN_BLOCKED);
  }

  EXPECT_NO_THROW(Key(softkey).Sign("123456"));
}

TEST(Fido2Authenticator, EightWrongPinsBlockForGood) {
  const Softkey softkey;
  for (int i = 0; i < 7; ++i) ThrownBy([&] { Key(softkey).Sign("000000"); });

  const Error last = ThrownBy([&] { Key(softkey).Sign("000000"); });
  const Error after = ThrownBy([&] { Key(softkey).Sign("123456"); });

  EXPECT_EQ(last.reason(), REASON_PIN_BLOCKED);
  EXPECT_EQ(after.reason(), REASON_PIN_BLOCKED);
  EXPECT_STREQ(after.what(), "the PIN is blocked for good after too many wrong ones");
  EXPECT_EQ(ThrownBy([&] { Key(softkey).authenticator->PinTries(); }).reason(), REASON_PIN_BLOCKED);
}

TEST(Fido2Authenticator, AKeyWithoutPinIsOpenedAndSaysSo) {
  const Softkey softkey({.pin = ""});

  Key key(softkey);

  EXPECT_FALSE(key.authenticator->HasPin());
  EXPECT_FALSE(key.authenticator->HasSensor());
}

TEST(Fido2Authenticator, AKeyCanBeGivenItsFirstPin) {
  const Softkey softkey({.pin = ""});
  Key key(softkey);

  key.authenticator->SetPin(MakePin("first-pin"));

  EXPECT_TRUE(key.authenticator->HasPin());
  EXPECT_NO_THROW(key.Sign("first-pin"));
}

TEST(Fido2Authenticator, APinThatTheKeyDoesNotWantIsNotSet) {
  const Softkey softkey({.pin = ""});
  Key key(softkey);

  EXPECT_EQ(ThrownBy([&] { key.authenticator->SetPin(MakePin("abc")); }).reason(), REASON_PIN_WRONG);
  EXPECT_FALSE(key.authenticator->HasPin());
}

TEST(Fido2Authenticator, SaysThatTheKeyHoldsNoCredential) {
  const Softkey empty({.empty = true});
  EXPECT_EQ(ThrownBy([&] { Key(empty).Sign("123456"); }).reason(), REASON_NO_CREDENTIAL);

  const Softkey other;
  EXPECT_EQ(ThrownBy([&] { Key(other).Sign("123456", Soon(), "other.test"); }).reason(), REASON_NO_CREDENTIAL);
}

TEST(Fido2Authenticator, ATouchThatDoesNotComeIsCancelledAtTheDeadline) {
  Softkey softkey({.touch = "never"});
  Key key(softkey);
  const auto start = Clock::now();

  const Error error = ThrownBy([&] { key.Sign("123456", start + seconds(4)); });

  EXPECT_EQ(error.reason(), REASON_TOUCH_TIMEOUT);
  EXPECT_GE(Clock::now() - start, seconds(4));
  EXPECT_TRUE(softkey.WaitForLog("getAssertion -> KEEPALIVE_CANCEL"));
}

TEST(Fido2Authenticator, ASignalCancelsTheKey) {
  Softkey softkey({.touch = "never"});
  Key key(softkey);
  auto signing = std::async(std::launch::async, [&] { return ThrownBy([&] { key.Sign("123456"); }); });
  ASSERT_TRUE(softkey.WaitForLog("waits for a touch"));  // and has all of the question

  kill(getpid(), SIGINT);

  EXPECT_EQ(signing.get().reason(), REASON_CANCELLED);
  EXPECT_TRUE(softkey.WaitForLog("getAssertion -> KEEPALIVE_CANCEL"));
}

TEST(Fido2Authenticator, AfterACancelTheKeyAnswersAtOnce) {
  const TemporaryFolder folder;
  const Softkey softkey({.touch = "file:" + (folder / "finger")});
  Key key(softkey);
  EXPECT_EQ(ThrownBy([&] { key.Sign("123456", Clock::now() + seconds(1)); }).reason(), REASON_TOUCH_TIMEOUT);

  std::ofstream(folder / "finger") << "finger";
  EXPECT_NO_THROW(key.Sign("123456"));
}

TEST(Fido2Authenticator, AKeyThatDoesNotComeEndsAtTheDeadline) {
  const Interrupt interrupt;
  const TemporaryFolder folder;
  Fido2Authenticator authenticator({folder / "missing.sock"}, interrupt);

  const Error error = ThrownBy([&] { authenticator.Open({}, Clock::now() + milliseconds(50), kQuiet); });

  EXPECT_EQ(error.reason(), REASON_NO_SECURITY_KEY);
}

TEST(Fido2Authenticator, WaitingForAKeyCanBeCancelled) {
  Interrupt interrupt;
  const TemporaryFolder folder;
  Fido2Authenticator authenticator({folder / "missing.sock"}, interrupt);

  const Error error = ThrownBy([&] { authenticator.Open({}, Soon(), {[&] { interrupt.Set(); }, [] {}}); });

  EXPECT_EQ(error.reason(), REASON_CANCELLED);
}

TEST(Fido2Authenticator, AKeyPluggedInWhileWaitingIsTaken) {
  const Softkey softkey;
  const Interrupt interrupt;
  const TemporaryFolder folder;
  Fido2Authenticator authenticator({folder / "late.sock"}, interrupt);

  authenticator.Open({}, Soon(),
                     {[&] { std::filesystem::create_symlink(softkey.socket(), folder / "late.sock"); }, [] {}});

  EXPECT_EQ(authenticator.PinTries(), 8);
}

TEST(Fido2Authenticator, SaysThatADeafKeyDoesNotAnswer) {
  const Interrupt interrupt;
  const TemporaryFolder folder;
  const std::string path = folder / "deaf.sock";
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);  // and no listen
  Fido2Authenticator authenticator({path}, interrupt);

  const Error error = ThrownBy([&] { authenticator.Open({}, Clock::now() + milliseconds(300), kQuiet); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);
  EXPECT_STREQ(error.what(), "the security key does not answer");
}

TEST(MakeAuthenticator, RefusesADeviceThatIsNoAbsoluteUnixPath) {
  const Interrupt interrupt;
  for (const char* device : {"unix:key.sock", "usb:1", "/tmp/key.sock"})
    EXPECT_EQ(ThrownBy([&] { MakeAuthenticator(device, interrupt); }).reason(), REASON_CONFIGURATION) << device;
}

TEST(MakeAuthenticator, WithoutADeviceMeansUsb) {
  const Interrupt interrupt;
  EXPECT_NE(MakeAuthenticator(nullptr, interrupt), nullptr);
  EXPECT_NE(MakeAuthenticator("", interrupt), nullptr);
}

}  // namespace
}  // namespace vouch
