// New credentials: the real libfido2 against the software key, judged by python-fido2.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "fido/attestation.h"
#include "fido/authenticator_fido2.h"
#include "fido/client_data.h"
#include "unit/ctl/softkey_process.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;

// SHA-256 of "vouch.test".
constexpr const char* kRpIdHash = "269ad642f6cb396c2f041c3cc9eb80a48cfe4f2337ecef292ac9162ff20e3097";

std::string Base64(const std::string& bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Data(bytes), static_cast<int>(bytes.size()));
  return text.substr(0, static_cast<std::size_t>(size));
}

CredentialRequest Request() {
  return {.rp_id = kRpId,
          .rp_name = "Vouch",
          .user_id = std::string(kUserHandle, 16),
          .user_name = "alice@example.com",
          .algorithms = {COSE_ES256},
          .excluded = {},
          .client_data_json = CreationClientDataJson("0123456789abcdef0123456789abcdef", kRpId)};
}

// What python-fido2 says.
std::string Judge(const NewCredential& made, const std::string& client_data) {
  const nlohmann::json given = {{"attestation_object", Base64(made.attestation_object)},
                                {"client_data", Base64(client_data)},
                                {"credential_id", Base64(made.credential_id)},
                                {"public_key", Base64(made.public_key)}};
  Subprocess judge({"/usr/bin/python3", VOUCH_SOURCE_DIR "/tests/unit/ctl/judge_registration.py"}, {}, given.dump());
  const Subprocess::Result result = judge.Wait();
  EXPECT_EQ(result.err, "");
  return result.out;
}

class MakeCredential : public testing::Test {
 protected:
  NewCredential Make(const Softkey& softkey, const CredentialRequest& request, const std::string& typed = "123456") {
    const auto key = MakeAuthenticator(softkey.device().c_str(), interrupt);
    const Deadline deadline = Clock::now() + limit;  // not sooner: the softkey takes its time to start
    key->Open({.rp_id = kRpId, .is_for_new_credential = true}, deadline, {[] {}, [] {}});
    Pin pin;
    for (char c : typed) pin.Append(c);
    return key->MakeCredential(request, typed.empty() ? nullptr : &pin, deadline);
  }

  Interrupt interrupt;
  std::chrono::seconds limit{20};
};

TEST_F(MakeCredential, SatisfiesAnIndependentServer) {
  const Softkey softkey({.blank = true});
  const CredentialRequest request = Request();

  const NewCredential made = Make(softkey, request);

  EXPECT_EQ(Judge(made, request.client_data_json), "packed -7 0x45 " + std::string(kRpIdHash) + "\n");
}

TEST_F(MakeCredential, IsDiscoverableAndOfTheUser) {
  const Softkey softkey({.blank = true});

  Make(softkey, Request());

  const auto credential = nlohmann::json::parse(softkey.File()).at("credentials").at(0);
  EXPECT_EQ(credential.at("discoverable"), true);
  EXPECT_EQ(credential.at("user_id"), EncodeBase64Url(std::string(kUserHandle, 16)));
  EXPECT_EQ(credential.at("user_name"), "alice@example.com");
}

TEST_F(MakeCredential, PassesOnACertificateOfTheMaker) {
  const Softkey softkey({.blank = true, .more = {"--attestation", "packed-x5c"}});
  const CredentialRequest request = Request();

  const NewCredential made = Make(softkey, request);

  EXPECT_NE(made.attestation_object.find("x5c"), std::string::npos);
  EXPECT_EQ(Judge(made, request.client_data_json), "packed -7 0x45 " + std::string(kRpIdHash) + "\n");
}

TEST_F(MakeCredential, TakesAKeyThatSaysNothingOfItsOrigin) {
  const Softkey softkey({.blank = true, .more = {"--attestation", "none"}});
  const CredentialRequest request = Request();

  const NewCredential made = Make(softkey, request);

  EXPECT_EQ(Judge(made, request.client_data_json), "none -7 0x45 " + std::string(kRpIdHash) + "\n");
}

TEST_F(MakeCredential, TakesTheServersFirstAlgorithmThatTheKeyKnows) {
  const Softkey softkey({.blank = true, .more = {"--eddsa"}});
  CredentialRequest request = Request();
  request.algorithms = {COSE_RS256, COSE_EDDSA, COSE_ES256};

  const NewCredential made = Make(softkey, request);

  EXPECT_EQ(Judge(made, request.client_data_json), "packed -8 0x45 " + std::string(kRpIdHash) + "\n");
}

TEST_F(MakeCredential, AsksAnOldKeyForOneAlgorithmAfterTheOther) {
  const Softkey softkey({.ctap = "2.0", .blank = true});
  CredentialRequest request = Request();
  request.algorithms = {COSE_EDDSA, COSE_ES256};

  const NewCredential made = Make(softkey, request);

  EXPECT_NE(softkey.Log().find("makeCredential -> UNSUPPORTED_ALGORITHM"), std::string::npos);
  EXPECT_EQ(Judge(made, request.client_data_json), "packed -7 0x45 " + std::string(kRpIdHash) + "\n");
}

TEST_F(MakeCredential, SaysThatTheKeyKnowsNoneOfTheAlgorithms) {
  const Softkey softkey({.blank = true});
  CredentialRequest request = Request();
  request.algorithms = {COSE_EDDSA, -999};

  const Error error = ThrownBy([&] { Make(softkey, request); });

  EXPECT_EQ(error.reason(), REASON_SECURITY_KEY);
  EXPECT_STREQ(error.what(), "the security key knows no algorithm that the server takes");
  EXPECT_EQ(softkey.Log().find("makeCredential"), std::string::npos);
}

TEST_F(MakeCredential, RefusesAKeyThatTheAccountHas) {
  const Softkey softkey({.blank = true});
  CredentialRequest request = Request();
  request.excluded = {Make(softkey, request).credential_id};

  EXPECT_EQ(ThrownBy([&] { Make(softkey, request); }).reason(), REASON_KEY_EXISTS);
}

TEST_F(MakeCredential, AWrongPinTellsTheTriesLeft) {
  const Softkey softkey({.blank = true});

  const Error error = ThrownBy([&] { Make(softkey, Request(), "000000"); });

  EXPECT_EQ(error.reason(), REASON_PIN_WRONG);
  EXPECT_STREQ(error.what(), "wrong PIN, 7 tries left before the key locks for good");
}

TEST_F(MakeCredential, ATouchThatDoesNotComeIsCancelledAtTheDeadline) {
  Softkey softkey({.touch = "never", .blank = true});
  limit = std::chrono::seconds(4);

  EXPECT_EQ(ThrownBy([&] { Make(softkey, Request()); }).reason(), REASON_TOUCH_TIMEOUT);
  EXPECT_TRUE(softkey.WaitForLog("makeCredential -> KEEPALIVE_CANCEL"));
}

TEST_F(MakeCredential, UsesTheSensorOfTheKey) {
  const Softkey softkey({.blank = true, .more = {"--uv", "ok"}});
  const CredentialRequest request = Request();

  const NewCredential made = Make(softkey, request, /*typed=*/"");

  EXPECT_EQ(Judge(made, request.client_data_json), "packed -7 0x45 " + std::string(kRpIdHash) + "\n");
}

// Without a key.

TEST(AttestationObject, HasItsMembersInCanonicalOrder) {
  EXPECT_EQ(AttestationObject("none", "\xa0", "abc"), std::string("\xa3"
                                                                  "\x63"
                                                                  "fmt"
                                                                  "\x64"
                                                                  "none"
                                                                  "\x67"
                                                                  "attStmt"
                                                                  "\xa0"
                                                                  "\x68"
                                                                  "authData"
                                                                  "\x43"
                                                                  "abc"));
}

TEST(AttestationObject, WritesLengthsInTheirShortestForm) {
  const auto tail = [](std::size_t size) {
    return AttestationObject("none", "\xa0", std::string(size, 'x')).substr(28);
  };
  EXPECT_EQ(tail(23), "\x57" + std::string(23, 'x'));
  EXPECT_EQ(tail(24), "\x58\x18" + std::string(24, 'x'));
  EXPECT_EQ(tail(255), "\x58\xff" + std::string(255, 'x'));
  EXPECT_EQ(tail(256), std::string("\x59\x01\x00", 3) + std::string(256, 'x'));
}

TEST(SubjectPublicKeyInfo, WrapsAnEd25519KeyAsRfc8410Says) {
  const std::string key(32, '\x11');
  EXPECT_EQ(SubjectPublicKeyInfo(COSE_EDDSA, key),
            std::string("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12) + key);
}

TEST(SubjectPublicKeyInfo, RefusesWhatIsNoKey) {
  EXPECT_EQ(SubjectPublicKeyInfo(COSE_ES256, std::string(64, '\x01')), "") << "not a point of the curve";
  EXPECT_EQ(SubjectPublicKeyInfo(COSE_ES256, std::string(63, '\x01')), "");
  EXPECT_EQ(SubjectPublicKeyInfo(-999, std::string(64, '\x01')), "");
}

}  // namespace
}  // namespace vouch
