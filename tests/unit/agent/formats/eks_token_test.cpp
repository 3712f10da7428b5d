#include "formats/eks_token.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "formats/partition.h"
#include "vectors.h"

namespace vouch {
namespace {

constexpr std::int64_t kNow = 1795500180;
constexpr SigningKeys kKeys{"AKIDEXAMPLE", "SECRET", "TOKEN"};

std::string Token(std::string_view cluster) {
  return MakeEksToken(kKeys, "sts.us-east-1.amazonaws.com", "us-east-1", cluster, kNow);
}

class EksTokenVector : public testing::TestWithParam<std::string> {};

TEST_P(EksTokenVector, IsByteForByteTheTokenOfTheAwsCli) {
  nlohmann::json vector = ReadVector("eks_token/" + GetParam() + ".json");
  std::string region = vector["region"];
  std::string access_key_id = vector["keys"]["access_key_id"];
  std::string secret_access_key = vector["keys"]["secret_access_key"];
  std::string session_token = vector["keys"]["session_token"];

  std::string token = MakeEksToken({access_key_id, secret_access_key, session_token}, StsHost(region, false, false),
                                   region, vector["cluster"].get<std::string>(), vector["now"]);

  EXPECT_EQ(Base64UrlDecode(std::string_view(token).substr(11)).value(), vector["url"]);
  EXPECT_EQ(token, vector["token"]);
}

INSTANTIATE_TEST_SUITE_P(AwsCli, EksTokenVector, testing::ValuesIn(VectorNames("eks_token")),
                         [](const auto& test) { return TestName(test.param); });

TEST(EksToken, TakesEveryNameThatEksAllows) {
  for (const std::string& name : {std::string("a"), std::string("0"), std::string("Az_-9"), std::string(100, 'x'),
                                  std::string("f47ac10b-58cc-4372-a567-0e02b2c3d479")})
    EXPECT_TRUE(Token(name).starts_with("k8s-aws-v1.")) << name;
}

TEST(EksToken, RefusesOtherNames) {
  for (const std::string& name :
       {std::string(""), std::string("-a"), std::string("_a"), std::string("a b"), std::string("a.b"),
        std::string("a\n"), std::string("ä"), std::string("a/b"), std::string(101, 'x'), std::string("a\0", 2)})
    EXPECT_EQ(ReasonOf([&] { Token(name); }), REASON_CONFIGURATION) << name;
}

std::string TokenWithSessionTokenOf(std::size_t size) {
  std::string session_token(size, 'x');
  return MakeEksToken({"AKIDEXAMPLE", "SECRET", session_token}, "sts.us-east-1.amazonaws.com", "us-east-1", "demo",
                      kNow);
}

// A session token of 2689 letters makes a URL of 3063 bytes, that is 4084 of base64url and 4095 with the prefix. No
// token has exactly 4096: base64url without padding never has 4 n + 1 characters.
TEST(EksToken, MayHave4095Bytes) { EXPECT_EQ(TokenWithSessionTokenOf(2689).size(), 4095U); }

TEST(EksToken, With4097BytesItIsTooLarge) {
  EXPECT_EQ(ReasonOf([] { TokenWithSessionTokenOf(2690); }), REASON_TOKEN_TOO_LARGE);
}

TEST(EksToken, TheErrorNamesSizeAndLimitAndNoSecret) {
  try {
    TokenWithSessionTokenOf(4096);
    FAIL() << "made";
  } catch (const Error& error) {
    std::string message = error.what();
    EXPECT_EQ(message, "the EKS token has 5971 bytes, the cluster accepts 4096");
  }
}

}  // namespace
}  // namespace vouch
