// The examples of RFC 9449, step by step. Their private key is not published, so what is compared is what our code makes of
// the same input: the payload byte for byte, the header member for member.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.h"
#include "es256_verify.h"
#include "formats/dpop.h"
#include "formats/jws.h"
#include "vectors.h"

namespace vouch {
namespace {

struct Compact {
  std::string header, payload, signature;  // still encoded
};

Compact Split(const std::string& jws) {
  const std::size_t first = jws.find('.'), second = jws.rfind('.');
  return {jws.substr(0, first), jws.substr(first + 1, second - first - 1), jws.substr(second + 1)};
}

nlohmann::json Decoded(const std::string& part) { return nlohmann::json::parse(Base64UrlDecode(part).value()); }

class Rfc9449 : public testing::TestWithParam<std::string> {
 protected:
  // What we make of the input of the example, with a key of our own.
  Compact Ours() const {
    const nlohmann::json& claims = vector_["payload"];
    DpopProof proof;
    proof.jti = claims["jti"];
    proof.method = claims["htm"];
    proof.url = claims["htu"];
    proof.now = claims["iat"];
    proof.access_token = vector_["access_token"];
    return Split(MakeDpopProof(key_, proof));
  }

  ClientKey key_ = ClientKey::Generate();
  nlohmann::json vector_ = ReadVector("rfc9449/proofs.json").at(GetParam());
  Compact theirs_ = Split(vector_["proof"]);
};

TEST_P(Rfc9449, HeaderAndPayloadOfTheExampleDecodeToWhatTheRfcPrints) {
  EXPECT_EQ(Decoded(theirs_.header), vector_["header"]);
  EXPECT_EQ(ParseUnverifiedPayload(vector_["proof"].get<std::string>()), vector_["payload"]);
}

TEST_P(Rfc9449, SignatureOfTheExampleVerifiesWithTheKeyInItsHeader) {
  EXPECT_TRUE(VerifiesRaw(Decoded(theirs_.header)["jwk"], theirs_.header + "." + theirs_.payload,
                          Base64UrlDecode(theirs_.signature).value()));
}

TEST_P(Rfc9449, PayloadThatWeMakeOfTheSameInputIsTheSameByteForByte) { EXPECT_EQ(Ours().payload, theirs_.payload); }

TEST_P(Rfc9449, HeaderThatWeMakeHasTheSameMembersAndOneKeyIdMore) {
  nlohmann::json ours = Decoded(Ours().header), theirs = Decoded(theirs_.header);

  ASSERT_EQ(ours["jwk"].erase("kid"), 1U);
  for (const char* coordinate : {"x", "y"}) ours["jwk"][coordinate] = theirs["jwk"][coordinate];
  EXPECT_EQ(ours, theirs);
}

TEST_P(Rfc9449, SignatureThatWeMakeHasTheFormOfTheExample) {
  const Compact ours = Ours();

  EXPECT_EQ(ours.signature.size(), theirs_.signature.size());
  EXPECT_TRUE(VerifiesRaw(Decoded(ours.header)["jwk"], ours.header + "." + ours.payload,
                          Base64UrlDecode(ours.signature).value()));
}

INSTANTIATE_TEST_SUITE_P(Examples, Rfc9449, testing::ValuesIn(MemberNames("rfc9449/proofs.json")),
                         [](const auto& test) { return TestName(test.param); });

TEST(Rfc9449Section61, ConfirmationIsTheThumbprintOfTheKey) {
  const nlohmann::json vector = ReadVector("rfc9449/section_6_1_confirmation.json");
  const std::string input = vector["hash_input"];

  nlohmann::json required = vector["jwk"];  // json sorts its members, as RFC 7638 section 3.3 wants them
  EXPECT_EQ(required.dump(), input);
  EXPECT_EQ(Base64UrlEncode(Sha256(input)), vector["jkt"]);
}

// A Vouch server puts our kid into cnf.jkt (protocol reference 1.0.3): the two must be made in the same way.
TEST(Rfc9449Section61, OurKeyIdIsTheConfirmationThatAServerComputes) {
  const ClientKey key = ClientKey::Generate();
  nlohmann::json required = nlohmann::json::parse(key.public_jwk());
  required.erase("kid");

  EXPECT_EQ(key.kid(), Base64UrlEncode(Sha256(required.dump())));
}

}  // namespace
}  // namespace vouch
