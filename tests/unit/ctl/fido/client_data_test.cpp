#include "fido/client_data.h"

#include <gtest/gtest.h>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

TEST(EncodeBase64Url, PassesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(EncodeBase64Url(""), "");
  EXPECT_EQ(EncodeBase64Url("f"), "Zg");
  EXPECT_EQ(EncodeBase64Url("fo"), "Zm8");
  EXPECT_EQ(EncodeBase64Url("foo"), "Zm9v");
  EXPECT_EQ(EncodeBase64Url("foob"), "Zm9vYg");
  EXPECT_EQ(EncodeBase64Url("fooba"), "Zm9vYmE");
  EXPECT_EQ(EncodeBase64Url("foobar"), "Zm9vYmFy");
}

TEST(EncodeBase64Url, UsesTheUrlAlphabet) { EXPECT_EQ(EncodeBase64Url("\xfb\xff\xfe"), "-__-"); }

TEST(ClientDataJson, IsCompactAndInTheOrderThatTheServerExpects) {
  EXPECT_EQ(ClientDataJson("0123456789abcdef0123456789abcdef", "vouch.example.com"),
            R"({"type":"webauthn.get","challenge":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",)"
            R"("origin":"https://vouch.example.com","crossOrigin":false})");
}

TEST(ClientDataJson, RefusesAShortChallenge) {
  EXPECT_EQ(ThrownBy([] { ClientDataJson("0123456789abcde", "vouch.test"); }).reason(), REASON_BAD_ANSWER);
}

TEST(ClientDataJson, RefusesARelyingPartyThatIsNoHostName) {
  for (const char* rp_id : {"", "a\"b", "https://vouch.test", "vouch.test:8443", "Vouch.test", "a b"})
    EXPECT_EQ(ThrownBy([&] { ClientDataJson("0123456789abcdef", rp_id); }).reason(), REASON_BAD_ANSWER) << rp_id;
}

}  // namespace
}  // namespace vouch
