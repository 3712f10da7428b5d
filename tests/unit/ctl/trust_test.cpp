#include "trust.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "error.h"

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
