#include "remote/auth_challenge.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

HttpResponse With(std::vector<std::string> values) {
  HttpResponse response;
  for (std::string& value : values) response.headers.emplace_back("www-authenticate", std::move(value));
  return response;
}

std::string ErrorIn(std::vector<std::string> values) { return ReadAuthRefusal(With(std::move(values))).error; }

TEST(AuthChallenge, ReadsSchemeAndParametersInAnyCaseAndSpacing) {
  for (const char* value : {R"(DPoP error="invalid_token", algs="ES256 PS256")", R"(dpop ERROR=invalid_token,algs=x)",
                            R"(DPOP  error = "invalid_token"  ,, algs="x")", R"(DPoP algs="a, b", error="invalid_token")",
                            R"(DPoP error="inv\alid_token")"}) {
    const auto challenges = ParseAuthChallenges(value);
    ASSERT_EQ(challenges.size(), 1U) << value;
    EXPECT_EQ(challenges[0].scheme, "dpop");
    EXPECT_EQ(challenges[0].params.at("error"), "invalid_token") << value;
  }
}

TEST(AuthChallenge, DoesNotFindAParameterInsideOfAText) {
  EXPECT_EQ(ErrorIn({R"(DPoP realm="error=\"insufficient_user_authentication\"", error="invalid_token")"}), "invalid_token");
  EXPECT_EQ(ErrorIn({R"(DPoP error_description="say error=use_dpop_nonce")"}), "");
  EXPECT_EQ(ErrorIn({R"(DPoP xerror="use_dpop_nonce")"}), "");
}

TEST(AuthChallenge, ReadsSeveralChallengesInOneHeaderAndInMany) {
  const auto challenges = ParseAuthChallenges(R"(Basic realm="a", Bearer error="x", Negotiate, NTLM dG9r==, DPoP error="y")");

  ASSERT_EQ(challenges.size(), 5U);
  EXPECT_EQ(challenges[0].params.at("realm"), "a");
  EXPECT_EQ(challenges[2].scheme, "negotiate");
  EXPECT_TRUE(challenges[3].params.empty());
  EXPECT_EQ(challenges[4].params.at("error"), "y");
  EXPECT_EQ(ErrorIn({R"(Bearer error="x")", R"(DPoP error="y")"}), "y") << "DPoP is what we sent";
  EXPECT_EQ(ErrorIn({R"(DPoP error="y")", R"(Bearer error="x")"}), "y");
  EXPECT_EQ(ErrorIn({R"(DPoP error="y")", R"(DPoP error="z")"}), "y") << "the first one";
}

TEST(AuthChallenge, TakesNothingFromATextThatIsMalformed) {
  for (const char* value : {R"(DPoP error="invalid_token)", R"(DPoP error="a" error="b")", R"(DPoP error="a", error="b")",
                            R"(="x")", R"(DPoP error="a"junk)", "\"DPoP\"", R"(DPoP error="a\)"}) {
    EXPECT_TRUE(ParseAuthChallenges(value).empty()) << value;
  }
  EXPECT_TRUE(ParseAuthChallenges("").empty());
  EXPECT_TRUE(ParseAuthChallenges(" , ,").empty());
}

TEST(AuthChallenge, TellsAVouchServersRefusalFromAProxys) {
  EXPECT_FALSE(ReadAuthRefusal(With({})).has_header);
  const AuthRefusal proxy = ReadAuthRefusal(With({R"(Basic realm="corp", error="invalid_token")"}));
  EXPECT_TRUE(proxy.has_header);
  EXPECT_FALSE(proxy.from_vouch);
  EXPECT_EQ(proxy.error, "");
  EXPECT_TRUE(ReadAuthRefusal(With({"Bearer"})).from_vouch);
}

}  // namespace
}  // namespace vouch
