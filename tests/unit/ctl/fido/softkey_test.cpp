// The software key itself: what the login does not use but an authenticator has to do, judged by the real libfido2, and
// the wire below it by hand.
#include <fido.h>
#include <fido/es256.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "fido/transport_unix.h"
#include "unit/ctl/softkey_process.h"

namespace vouch {
namespace {

constexpr unsigned char kHash[32] = {1, 2, 3};
constexpr unsigned char kBob[16] = {'b', 'o', 'b'};

class Device {
 public:
  explicit Device(const Softkey& softkey) {
    fido_init(FIDO_DISABLE_U2F_FALLBACK);
    fido_dev_set_io_functions(device_, &kUnixTransport);
    fido_dev_set_timeout(device_, 20000);
    EXPECT_EQ(fido_dev_open(device_, softkey.socket().c_str()), FIDO_OK);
  }
  ~Device() {
    fido_dev_close(device_);
    fido_dev_free(&device_);
  }
  operator fido_dev_t*() const { return device_; }

 private:
  fido_dev_t* device_ = fido_dev_new();
};

struct Cred {
  Cred() {
    fido_cred_set_type(cred, COSE_ES256);
    fido_cred_set_clientdata_hash(cred, kHash, sizeof kHash);
    fido_cred_set_rp(cred, kRpId, "Vouch");
    fido_cred_set_user(cred, kBob, sizeof kBob, "bob@example.com", "Bob", nullptr);
    fido_cred_set_rk(cred, FIDO_OPT_TRUE);
  }
  ~Cred() { fido_cred_free(&cred); }
  fido_cred_t* cred = fido_cred_new();
};

struct Assert {
  Assert() {
    fido_assert_set_rp(assertion, kRpId);
    fido_assert_set_clientdata_hash(assertion, kHash, sizeof kHash);
  }
  ~Assert() { fido_assert_free(&assertion); }
  fido_assert_t* assertion = fido_assert_new();
};

TEST(Softkey, MakesACredentialWithSelfAttestation) {
  const Softkey softkey;
  const Device device(softkey);
  const Cred made;

  ASSERT_EQ(fido_dev_make_cred(device, made.cred, "123456"), FIDO_OK);

  EXPECT_STREQ(fido_cred_fmt(made.cred), "packed");
  EXPECT_EQ(fido_cred_verify_self(made.cred), FIDO_OK);
  EXPECT_EQ(fido_cred_flags(made.cred), 0x45);
}

TEST(Softkey, WantsThePinForACredential) {
  const Softkey softkey;
  const Cred made;
  EXPECT_EQ(fido_dev_make_cred(Device(softkey), made.cred, nullptr), FIDO_ERR_PIN_REQUIRED);
}

TEST(Softkey, RefusesACredentialThatIsExcluded) {
  const Softkey softkey;
  const Device device(softkey);
  const Cred first;
  ASSERT_EQ(fido_dev_make_cred(device, first.cred, "123456"), FIDO_OK);
  const Cred second;
  fido_cred_exclude(second.cred, fido_cred_id_ptr(first.cred), fido_cred_id_len(first.cred));

  EXPECT_EQ(fido_dev_make_cred(device, second.cred, "123456"), FIDO_ERR_CREDENTIAL_EXCLUDED);
}

TEST(Softkey, GivesAllAccountsNewestFirst) {
  const Softkey softkey;
  const Device device(softkey);
  const Cred bob;
  ASSERT_EQ(fido_dev_make_cred(device, bob.cred, "123456"), FIDO_OK);
  const Assert got;

  ASSERT_EQ(fido_dev_get_assert(device, got.assertion, "123456"), FIDO_OK);

  ASSERT_EQ(fido_assert_count(got.assertion), 2u);
  EXPECT_STREQ(fido_assert_user_name(got.assertion, 0), "bob@example.com");
  EXPECT_STREQ(fido_assert_user_name(got.assertion, 1), "alice@example.com");
  EXPECT_EQ(fido_assert_sigcount(got.assertion, 1), fido_assert_sigcount(got.assertion, 0) + 1);
}

TEST(Softkey, SignsWithoutTouchAndUserWhenAskedTo) {
  const Softkey softkey({.touch = "never"});
  const Assert got;
  fido_assert_set_up(got.assertion, FIDO_OPT_FALSE);

  ASSERT_EQ(fido_dev_get_assert(Device(softkey), got.assertion, nullptr), FIDO_OK);

  EXPECT_EQ(fido_assert_flags(got.assertion, 0), 0x00);
}

TEST(Softkey, KeepsItsCounterWhenItIsPulledOut) {
  const Softkey softkey;
  const Assert first, second;

  ASSERT_EQ(fido_dev_get_assert(Device(softkey), first.assertion, "123456"), FIDO_OK);
  ASSERT_EQ(fido_dev_get_assert(Device(softkey), second.assertion, "123456"), FIDO_OK);

  EXPECT_EQ(fido_assert_sigcount(first.assertion, 0), 1u);
  EXPECT_EQ(fido_assert_sigcount(second.assertion, 0), 2u);
}

TEST(Softkey, WritesTheRetriesDownBeforeItAnswers) {
  const Softkey softkey;
  const Assert got;

  EXPECT_EQ(fido_dev_get_assert(Device(softkey), got.assertion, "000000"), FIDO_ERR_PIN_INVALID);

  EXPECT_EQ(nlohmann::json::parse(softkey.File()).at("pin_retries"), 7);
}

class SoftkeyPin : public testing::TestWithParam<const char*> {};

TEST_P(SoftkeyPin, CanBeSetAndChanged) {
  const Softkey softkey({.pin = "", .ctap = GetParam()});
  {
    const Device device(softkey);
    EXPECT_FALSE(fido_dev_has_pin(device));
    EXPECT_EQ(fido_dev_set_pin(device, "abc", nullptr), FIDO_ERR_PIN_POLICY_VIOLATION);
    EXPECT_EQ(fido_dev_set_pin(device, "first-pin", nullptr), FIDO_OK);
    EXPECT_EQ(fido_dev_set_pin(device, "second-pin", "wrong-pin"), FIDO_ERR_PIN_INVALID);
    EXPECT_EQ(fido_dev_set_pin(device, "second-pin", "first-pin"), FIDO_OK);
  }

  const Device device(softkey);
  EXPECT_TRUE(fido_dev_has_pin(device));
  const Assert got;
  EXPECT_EQ(fido_dev_get_assert(device, got.assertion, "first-pin"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(fido_dev_get_assert(device, got.assertion, "second-pin"), FIDO_OK);
}

INSTANTIATE_TEST_SUITE_P(BothProtocols, SoftkeyPin, testing::Values("2.1", "2.0"),
                         [](const auto& test) { return std::string(test.param) == "2.1" ? "Two" : "One"; });

// Reports by hand.

using Report = std::array<unsigned char, 64>;

class Wire {
 public:
  explicit Wire(const Softkey& softkey) : handle_(kUnixTransport.open(softkey.socket().c_str())) {
    Send(0xffffffff, 0x86, {0, 8, 1, 2, 3, 4, 5, 6, 7, 8});
    const Report answer = Receive();
    EXPECT_EQ(std::vector<unsigned char>(answer.begin() + 7, answer.begin() + 15),
              (std::vector<unsigned char>{1, 2, 3, 4, 5, 6, 7, 8}));
    for (std::size_t i = 15; i < 19; ++i) channel_ = channel_ << 8 | answer[i];
  }
  ~Wire() { kUnixTransport.close(handle_); }

  std::uint32_t channel() const { return channel_; }

  // `tail` is everything after the command byte (or sequence number).
  void Send(std::uint32_t channel, unsigned char command, std::vector<unsigned char> tail) {
    std::vector<unsigned char> report = {0};
    for (int shift = 24; shift >= 0; shift -= 8) report.push_back(static_cast<unsigned char>(channel >> shift));
    report.push_back(command);
    report.insert(report.end(), tail.begin(), tail.end());
    report.resize(65);
    EXPECT_EQ(kUnixTransport.write(handle_, report.data(), report.size()), 65);
  }
  Report Receive() {
    Report report{};
    EXPECT_EQ(kUnixTransport.read(handle_, report.data(), report.size(), 10000), 64);
    return report;
  }
  void ExpectError(unsigned char code) {
    const Report report = Receive();
    EXPECT_EQ(report[4], 0xbf);
    EXPECT_EQ(report[7], code);
  }

 private:
  void* handle_;
  std::uint32_t channel_ = 0;
};

TEST(SoftkeyWire, EchoesAPingOfSeveralReports) {
  const Softkey softkey;
  Wire wire(softkey);
  std::vector<unsigned char> first = {0, 100}, rest = {};
  first.resize(2 + 57, 'a');
  rest.resize(43, 'b');

  wire.Send(wire.channel(), 0x81, first);
  wire.Send(wire.channel(), 0x00, rest);

  const Report one = wire.Receive(), two = wire.Receive();
  EXPECT_EQ(one[4], 0x81);
  EXPECT_EQ(one[6], 100);
  EXPECT_EQ(one[63], 'a');
  EXPECT_EQ(two[4], 0x00);
  EXPECT_EQ(two[5], 'b');
  EXPECT_EQ(two[5 + 42], 'b');
  EXPECT_EQ(two[5 + 43], 0);
}

TEST(SoftkeyWire, RefusesAChannelThatItDidNotGive) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel() ^ 1, 0x81, {0, 1, 'x'});
  wire.ExpectError(0x0b);
}

TEST(SoftkeyWire, RefusesAGapInTheSequence) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x81, {0, 200});
  wire.Send(wire.channel(), 0x01, {});
  wire.ExpectError(0x04);
}

TEST(SoftkeyWire, DropsAMessageThatStalls) {
  const Softkey softkey({.more = {"--fragment-seconds", "0.5"}});
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x81, {0, 200});
  wire.ExpectError(0x05);
}

TEST(SoftkeyWire, RefusesALengthThatCannotBe) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x81, {0x1d, 0xba});  // 7610
  wire.ExpectError(0x03);
}

TEST(SoftkeyWire, RefusesU2fAndUnknownCommands) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x83, {0, 1, 0});
  wire.ExpectError(0x01);
}

TEST(SoftkeyWire, IgnoresAStrayContinuationAndACancelOfNothing) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x00, {});
  wire.Send(wire.channel(), 0x91, {0, 0});
  wire.Send(wire.channel(), 0x81, {0, 1, 'x'});
  EXPECT_EQ(wire.Receive()[7], 'x');
}

TEST(SoftkeyWire, AnInitOnTheChannelAbandonsTheMessage) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x81, {0, 200});
  wire.Send(wire.channel(), 0x86, {0, 8, 8, 7, 6, 5, 4, 3, 2, 1});
  const Report answer = wire.Receive();
  EXPECT_EQ(answer[4], 0x86);
  EXPECT_EQ(answer[7], 8);
}

TEST(SoftkeyWire, KeepsTheClientAliveWhileItWaitsAndTellsOthersThatItIsBusy) {
  const Softkey softkey({.touch = "never"});
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x90, {0, 1, 0x0b});  // authenticatorSelection waits for a touch
  EXPECT_EQ(wire.Receive()[4], 0xbb);
  EXPECT_EQ(wire.Receive()[7], 2);  // UPNEEDED

  wire.Send(wire.channel(), 0x90, {0, 1, 0x04});
  Report report = wire.Receive();
  while (report[4] == 0xbb) report = wire.Receive();
  EXPECT_EQ(report[4], 0xbf);
  EXPECT_EQ(report[7], 0x06);

  wire.Send(wire.channel(), 0x91, {0, 0});
  do report = wire.Receive();
  while (report[4] == 0xbb);
  EXPECT_EQ(report[4], 0x90);
  EXPECT_EQ(report[7], 0x2d);
}

TEST(SoftkeyWire, AnswersJunkWithAnErrorAndLivesOn) {
  const Softkey softkey;
  Wire wire(softkey);
  wire.Send(wire.channel(), 0x90, {0, 3, 0x02, 0xff, 0xff});
  EXPECT_EQ(wire.Receive()[7], 0x12);
  wire.Send(wire.channel(), 0x90, {0, 2, 0x02, 0xa0});
  EXPECT_EQ(wire.Receive()[7], 0x02);
  wire.Send(wire.channel(), 0x90, {0, 1, 0x55});
  EXPECT_EQ(wire.Receive()[7], 0x01);
  wire.Send(wire.channel(), 0x90, {0, 1, 0x04});
  EXPECT_EQ(wire.Receive()[7], 0x00);
}

}  // namespace
}  // namespace vouch
