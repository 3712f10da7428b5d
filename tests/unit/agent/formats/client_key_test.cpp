#include "formats/client_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "es256_verify.h"
#include "vectors.h"

namespace vouch {
namespace {

nlohmann::json KnownKey() { return ReadVector("rfc7638/appendix_a3_key.json"); }

ClientKey Load(const nlohmann::json& stored) { return ClientKey::FromStoredJson(stored.dump()); }

// The verifier of these tests against signatures that RFCs print.
TEST(Es256Verify, TakesTheSignatureOfRfc7515AppendixA3) {
  nlohmann::json vector = ReadVector("rfc7515/appendix_a3.json");
  std::string jws = vector["jws"];
  std::size_t dot = jws.rfind('.');
  std::string signature = Base64UrlDecode(std::string_view(jws).substr(dot + 1)).value();

  EXPECT_TRUE(VerifiesRaw(vector["jwk"], jws.substr(0, dot), signature));
}

TEST(Es256Verify, RefusesAnotherMessage) {
  nlohmann::json vector = ReadVector("rfc7515/appendix_a3.json");
  std::string jws = vector["jws"];
  std::size_t dot = jws.rfind('.');
  std::string signature = Base64UrlDecode(std::string_view(jws).substr(dot + 1)).value();

  EXPECT_FALSE(VerifiesRaw(vector["jwk"], jws.substr(0, dot) + "x", signature));
}

TEST(ClientKey, HasTheThumbprintThatAnIndependentToolComputed) {
  nlohmann::json vector = KnownKey();

  EXPECT_EQ(Load(vector["stored"]).kid(), vector["thumbprint"]);
  EXPECT_EQ(Load(vector["stored"]).kid(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

TEST(ClientKey, ShowsThePublicJwkInOneOrder) {
  EXPECT_EQ(
      Load(KnownKey()["stored"]).public_jwk(),
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"})");
}

TEST(ClientKey, StoresExactlyWhatAnotherToolStored) {
  nlohmann::json stored = KnownKey()["stored"];

  Secret written = Load(stored).ToStoredJson();

  EXPECT_EQ(nlohmann::json::parse(written.Reveal()), stored);
}

TEST(ClientKey, GeneratedKeySurvivesStoring) {
  ClientKey key = ClientKey::Generate();

  ClientKey loaded = ClientKey::FromStoredJson(key.ToStoredJson().Reveal());

  EXPECT_EQ(loaded.public_jwk(), key.public_jwk());
  EXPECT_TRUE(VerifiesRaw(nlohmann::json::parse(key.public_jwk()), "hello", loaded.SignRaw("hello")));
}

TEST(ClientKey, GeneratesADifferentKeyEachTime) { EXPECT_NE(ClientKey::Generate().kid(), ClientKey::Generate().kid()); }

TEST(ClientKey, CoordinatesAlwaysHave32Bytes) {  // about one key in 128 has a coordinate with a leading zero byte
  for (int i = 0; i < 300; ++i) {
    nlohmann::json jwk = nlohmann::json::parse(ClientKey::Generate().public_jwk());
    ASSERT_EQ(Base64UrlDecode(jwk["x"].get<std::string>()).value().size(), 32U);
    ASSERT_EQ(Base64UrlDecode(jwk["y"].get<std::string>()).value().size(), 32U);
  }
}

TEST(ClientKey, RawSignaturesVerify) {
  ClientKey key = Load(KnownKey()["stored"]);
  for (int i = 0; i < 300; ++i) {  // enough to meet an r or s with a leading zero byte
    std::string message = "message " + std::to_string(i);
    ASSERT_TRUE(VerifiesRaw(KnownKey()["jwk"], message, key.SignRaw(message))) << message;
  }
}

TEST(ClientKey, DerSignaturesVerify) {
  EXPECT_TRUE(VerifiesDer(KnownKey()["jwk"], "hello", Load(KnownKey()["stored"]).SignDer("hello")));
}

TEST(ClientKey, SignsTheEmptyMessage) {
  EXPECT_TRUE(VerifiesRaw(KnownKey()["jwk"], "", Load(KnownKey()["stored"]).SignRaw("")));
}

TEST(ClientKey, SignaturesDoNotVerifyForAnotherMessage) {
  EXPECT_FALSE(VerifiesRaw(KnownKey()["jwk"], "hullo", Load(KnownKey()["stored"]).SignRaw("hello")));
}

TEST(ClientKey, IgnoresMembersThatItDoesNotKnow) {
  nlohmann::json stored = KnownKey()["stored"];
  stored["created_at"] = "2026-11-24T06:03:00Z";

  EXPECT_EQ(Load(stored).kid(), KnownKey()["thumbprint"]);
}

class RefusedKey : public testing::TestWithParam<std::string> {};

TEST_P(RefusedKey, IsAConfigurationErrorThatShowsNoKey) {
  nlohmann::json stored = ReadVector("rfc7638/refused_keys.json").at(GetParam());
  try {
    Load(stored);
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_EQ(std::string(error.what()).find("MIG"), std::string::npos);
    EXPECT_FALSE(error.remedy().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(ClientKey, RefusedKey, testing::ValuesIn(MemberNames("rfc7638/refused_keys.json")),
                         [](const auto& test) { return TestName(test.param); });

TEST(ClientKey, RefusesTextThatIsNoJsonObject) {
  for (const char* text : {"", "{", "null", "[]", "\"key\"", "7", "{}x"})
    EXPECT_EQ(ReasonOf([&] { ClientKey::FromStoredJson(text); }), REASON_CONFIGURATION) << text;
}

// OpenSSL takes the numbers of a signature from the heap in which the secrets are.
TEST(ClientKey, SignsHoweverManySecretsThereAre) {
  constexpr int kRoles = 3000;
  InitSecureHeap();
  const ClientKey key = ClientKey::Generate();
  std::vector<Secret> held;

  for (int role = 0; role < kRoles; ++role) {
    held.emplace_back(std::string(1200, 't'));
    held.emplace_back(std::string(40, 's'));
  }

  EXPECT_EQ(key.SignRaw("message").size(), 64U);
  EXPECT_NO_THROW(ClientKey::Generate());
}

}  // namespace
}  // namespace vouch
