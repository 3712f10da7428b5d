#include "formats/jws.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "es256_verify.h"
#include "vectors.h"

namespace vouch {
namespace {

ClientKey Key() { return ClientKey::FromStoredJson(ReadVector("rfc7638/appendix_a3_key.json")["stored"].dump()); }

std::string Decode(std::string_view part) { return Base64UrlDecode(part).value(); }

TEST(Jws, IsHeaderPayloadAndSignatureInTheOrderGiven) {
  std::string jws = SignJws({{"typ", "x"}, {"alg", "ES256"}}, {{"b", 1}, {"a", "ü"}}, Key());

  std::size_t first = jws.find('.');
  std::size_t second = jws.rfind('.');
  EXPECT_EQ(Decode(jws.substr(0, first)), R"({"typ":"x","alg":"ES256"})");
  EXPECT_EQ(Decode(jws.substr(first + 1, second - first - 1)), R"({"b":1,"a":"ü"})");
}

TEST(Jws, SignatureVerifies) {
  std::string jws = SignJws({{"alg", "ES256"}}, {{"a", 1}}, Key());

  std::size_t dot = jws.rfind('.');
  EXPECT_TRUE(VerifiesRaw(ReadVector("rfc7638/appendix_a3_key.json")["jwk"], jws.substr(0, dot),
                          Decode(std::string_view(jws).substr(dot + 1))));
}

TEST(Jws, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(ReasonOf([] { SignJws({{"alg", "ES256"}}, {{"a", "\xff"}}, Key()); }), REASON_INTERNAL);
}

TEST(Jws, ReadsThePayloadOfRfc7515AppendixA3) {
  nlohmann::json vector = ReadVector("rfc7515/appendix_a3.json");

  EXPECT_EQ(ParseUnverifiedPayload(vector["jws"].get<std::string>()), vector["payload"]);
}

TEST(Jws, RefusesWhatIsNotThreePartsWithAnObjectInTheMiddle) {
  const std::string object = Base64UrlEncode("{}");
  const std::string refused[] = {
      "",
      ".",
      "..",
      object + "." + object,
      object + "." + object + ".",
      "." + object + ".c2ln",
      object + "..c2ln",
      object + "." + object + ".c2ln.c2ln",
      object + "." + object + ".c2ln ",
      object + "." + object + "=.c2ln",
      "+/+/." + object + ".c2ln",
      object + "." + Base64UrlEncode("[]") + ".c2ln",
      object + "." + Base64UrlEncode("null") + ".c2ln",
      object + "." + Base64UrlEncode("{") + ".c2ln",
      object + "." + Base64UrlEncode("{}{}") + ".c2ln",
      object + "." + Base64UrlEncode("{\"a\":\"\xff\"}") + ".c2ln",
  };
  for (const std::string& text : refused)
    EXPECT_EQ(ReasonOf([&] { ParseUnverifiedPayload(text); }), REASON_BAD_ANSWER) << text;
}

TEST(Jws, ErrorsDoNotShowTheToken) {
  try {
    ParseUnverifiedPayload("c2VjcmV0.c2VjcmV0.c2VjcmV0");
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("ecret"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("c2Vj"), std::string::npos);
  }
}

TEST(ClientAssertion, HasTheHeaderOfThePublicClient) {
  std::string jws = MakeClientAssertion(Key(), "client-1", "https://us.vouch.sh", "jti-1", 1795500180);

  EXPECT_EQ(Decode(jws.substr(0, jws.find('.'))),
            R"({"typ":"JWT","alg":"ES256","kid":"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"})");
}

TEST(ClientAssertion, ClaimsLiveSixtySeconds) {
  std::string jws = MakeClientAssertion(Key(), "client-1", "https://us.vouch.sh", "jti-1", 1795500180);

  std::size_t first = jws.find('.');
  EXPECT_EQ(Decode(jws.substr(first + 1, jws.rfind('.') - first - 1)),
            R"({"iss":"client-1","sub":"client-1","aud":"https://us.vouch.sh","jti":"jti-1",)"
            R"("iat":1795500180,"exp":1795500240})");
}

TEST(ClientAssertion, SignatureVerifies) {
  std::string jws = MakeClientAssertion(Key(), "client-1", "https://us.vouch.sh", "jti-1", 1795500180);

  std::size_t dot = jws.rfind('.');
  EXPECT_TRUE(VerifiesRaw(ReadVector("rfc7638/appendix_a3_key.json")["jwk"], jws.substr(0, dot),
                          Decode(std::string_view(jws).substr(dot + 1))));
}

}  // namespace
}  // namespace vouch
