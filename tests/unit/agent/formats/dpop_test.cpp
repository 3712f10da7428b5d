#include "formats/dpop.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "es256_verify.h"
#include "vectors.h"

namespace vouch {
namespace {

ClientKey Key() { return ClientKey::FromStoredJson(ReadVector("rfc7638/appendix_a3_key.json")["stored"].dump()); }

DpopProof Proof() {
  DpopProof proof;
  proof.method = "POST";
  proof.url = "https://us.vouch.sh/oauth/token";
  proof.now = 1795500180;
  proof.jti = "jti-1";
  return proof;
}

std::string Claims(const DpopProof& proof) {
  std::string jws = MakeDpopProof(Key(), proof);
  std::size_t first = jws.find('.');
  return Base64UrlDecode(std::string_view(jws).substr(first + 1, jws.rfind('.') - first - 1)).value();
}

TEST(Dpop, HeaderHasTypAlgAndTheWholePublicKey) {
  std::string jws = MakeDpopProof(Key(), Proof());

  EXPECT_EQ(Base64UrlDecode(std::string_view(jws).substr(0, jws.find('.'))).value(),
            R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256",)"
            R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
            R"("kid":"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"}})");
}

TEST(Dpop, HasTheRequiredClaimsOnlyWhenNothingElseIsGiven) {
  EXPECT_EQ(Claims(Proof()),
            R"({"jti":"jti-1","htm":"POST","htu":"https://us.vouch.sh/oauth/token","iat":1795500180})");
}

TEST(Dpop, BindsTheAccessToken) {  // token and hash as in RFC 9449 section 7.1
  DpopProof proof = Proof();
  proof.access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

  EXPECT_EQ(nlohmann::json::parse(Claims(proof))["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

TEST(Dpop, CarriesTheNonceOfTheServer) {
  DpopProof proof = Proof();
  proof.nonce = "eyJ7S_zG.eyJH0-Z.HX4w-7v";

  EXPECT_EQ(nlohmann::json::parse(Claims(proof))["nonce"], "eyJ7S_zG.eyJH0-Z.HX4w-7v");
}

TEST(Dpop, NamesTheAgentThatAsks) {
  DpopProof proof = Proof();
  proof.agent_source = "some-agent";

  EXPECT_EQ(nlohmann::json::parse(Claims(proof))["source"], "some-agent");
}

TEST(Dpop, CutsQueryAndFragmentOffTheUrl) {
  for (const char* tail : {"?a=b", "#f", "?a=b#f", "#f?a=b", "?"}) {
    DpopProof proof = Proof();
    proof.url += tail;
    EXPECT_EQ(nlohmann::json::parse(Claims(proof))["htu"], "https://us.vouch.sh/oauth/token") << tail;
  }
}

TEST(Dpop, SignatureVerifiesWithTheKeyInTheHeader) {
  std::string jws = MakeDpopProof(Key(), Proof());

  std::size_t dot = jws.rfind('.');
  auto header = nlohmann::json::parse(Base64UrlDecode(std::string_view(jws).substr(0, jws.find('.'))).value());
  EXPECT_TRUE(
      VerifiesRaw(header["jwk"], jws.substr(0, dot), Base64UrlDecode(std::string_view(jws).substr(dot + 1)).value()));
}

}  // namespace
}  // namespace vouch
