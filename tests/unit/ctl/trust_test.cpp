#include "trust.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "error.h"
#include "subprocess.h"

namespace vouch {
namespace {

const TrustOptions kOptions = {"arn:aws:iam::111122223333:role/team/Developer", "arn:aws:iam::999999999999:role/Management", ""};

nlohmann::json Statement(const std::string& text, int which) {
  std::size_t begin = text.find("\n{");
  if (which == 1) begin = text.find("\n{", begin + 1);
  return nlohmann::json::parse(text.substr(begin, text.find("\n}", begin) + 2 - begin));
}

TEST(Trust, NamesBothSides) {
  const std::string text = FormatTrust(kOptions, "alice@example.com");

  const auto trust = Statement(text, 0);
  EXPECT_EQ(trust["Principal"]["AWS"], "arn:aws:iam::999999999999:role/Management");
  EXPECT_EQ(trust["Action"], (nlohmann::json{"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}));
  EXPECT_EQ(trust["Condition"]["StringLike"]["aws:SourceIdentity"], "*@example.com");
  EXPECT_EQ(Statement(text, 1)["Resource"], "arn:aws:iam::111122223333:role/team/Developer");
}

TEST(Trust, TheStatementsOfASecondHopAreNoWholePolicy) {
  const std::string text = FormatTrust(kOptions, "alice@example.com");

  EXPECT_EQ(text.find("AssumeRoleWithWebIdentity"), std::string::npos);
  EXPECT_EQ(Statement(text, 0)["Effect"], "Allow");
}

// The policy that is printed, judged by the sandbox.
class DirectTrust : public testing::Test {
 protected:
  std::string Allowed(const std::string& email, const std::string& session_name, const std::string& audience) {
    const nlohmann::json given = {{"policy", Statement(text_, 0)}, {"provider_arn", provider_arn_}, {"issuer", "https://us.vouch.sh"},
                                  {"email", email}, {"session_name", session_name}, {"audience", audience}};
    Subprocess judge({VOUCH_SOURCE_DIR "/tests/unit/ctl/judge_trust.py"}, {}, given.dump());
    const Subprocess::Result result = judge.Wait();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  std::string provider_arn_ = "arn:aws:iam::111122223333:oidc-provider/us.vouch.sh";
  std::string text_ = FormatDirectTrust(kOptions.role, "https://us.vouch.sh", "alice@example.com");
};

TEST_F(DirectTrust, LetsInPeopleOfTheDomainUnderTheirOwnName) {
  EXPECT_EQ(Allowed("bob@example.com", "bob@example.com", "https://us.vouch.sh"),
            "sts:AssumeRoleWithWebIdentity\nsts:SetSourceIdentity\nsts:TagSession\n");
}

TEST_F(DirectTrust, LetsInNobodyElse) {
  EXPECT_EQ(Allowed("bob@example.org", "bob@example.org", "https://us.vouch.sh"), "nothing\n");
  EXPECT_EQ(Allowed("bob@example.com", "alice@example.com", "https://us.vouch.sh"), "nothing\n");
  EXPECT_EQ(Allowed("bob@example.com", "bob@example.com", "https://eu.vouch.sh"), "nothing\n");
}

TEST_F(DirectTrust, NamesTheProviderInTheRolesOwnAccountAndPartition) {
  text_ = FormatDirectTrust("arn:aws-cn:iam::111122223333:role/Developer", "https://vouch.example.com/org/", "");
  provider_arn_ = "arn:aws-cn:iam::111122223333:oidc-provider/vouch.example.com/org";

  const auto statement = Statement(text_, 0)["Statement"][0];

  EXPECT_EQ(statement["Principal"]["Federated"], provider_arn_);
  EXPECT_EQ(statement["Condition"]["StringEquals"]["vouch.example.com/org:aud"], "https://vouch.example.com/org");
  EXPECT_EQ(statement["Condition"]["StringLike"]["vouch.example.com/org:sub"], "*@YOUR-DOMAIN.example");
  EXPECT_NE(text_.find("The account has no OIDC provider: " + provider_arn_), std::string::npos);
  EXPECT_NE(text_.find("of partition aws-cn"), std::string::npos);
}

TEST_F(DirectTrust, OffersThePinToTheRole) {
  EXPECT_EQ(Statement(text_, 1)["Bool"]["sts:RoleAuthorizedByIdp"], "true");
}

TEST_F(DirectTrust, RefusesWhatIsNoRole) {
  EXPECT_THROW(FormatDirectTrust("arn:aws:iam::111122223333:user/alice", "https://us.vouch.sh", ""), Error);
}

TEST(Trust, LeavesTheDomainToTheReaderWhenItIsNotCertain) {
  EXPECT_NE(FormatTrust(kOptions, "").find("*@YOUR-DOMAIN.example"), std::string::npos);
  const std::string cut = std::string(52, 'a') + "@example.com";  // 64 characters: may have been cut
  EXPECT_NE(FormatTrust(kOptions, cut).find("*@YOUR-DOMAIN.example"), std::string::npos);
}

TEST(Trust, RefusesWhatIsNoRole) {
  for (const char* bad : {"", "Developer", "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::1:role/a\"b"}) {
    TrustOptions options = kOptions;
    options.role = bad;
    EXPECT_THROW(FormatTrust(options, ""), Error) << bad;
  }
}

}  // namespace
}  // namespace vouch
