#include "formats/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace vouch {
namespace {

std::string Nested(int depth) { return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']'); }

TEST(JsonText, ReadsWhatIsJson) {
  EXPECT_EQ(ParseJson(R"({"a":[1,"b"]})"), (nlohmann::json{{"a", {1, "b"}}}));
  EXPECT_TRUE(ParseJson("").is_discarded());
  EXPECT_TRUE(ParseJson("{").is_discarded());
  EXPECT_TRUE(ParseJson("{} {}").is_discarded());
  EXPECT_TRUE(ParseJson("\"\xff\"").is_discarded());
}

TEST(JsonText, RefusesWhatIsDeeperThanTheLimit) {
  EXPECT_TRUE(ParseJson(Nested(kMaxJsonDepth)).is_array());
  EXPECT_TRUE(ParseJson(Nested(kMaxJsonDepth + 1)).is_discarded());
  EXPECT_TRUE(ParseJson(Nested(500'000)).is_discarded());
}

TEST(JsonText, CountsNoBracketsInTexts) {
  const std::string brackets(1000, '[');

  EXPECT_TRUE(ParseJson("[\"" + brackets + "\"]").is_array());
  EXPECT_TRUE(ParseJson("[\"\\\"" + brackets + "\\\\\",{\"" + brackets + "\":1}]").is_array());
}

TEST(JsonText, SeesBracketsBehindTexts) {
  EXPECT_TRUE(ParseJson("{\"a\\\\\":" + Nested(kMaxJsonDepth) + "}").is_discarded());
}

TEST(JsonText, ManySideBySideAreNotDeep) {
  std::string many = "[[]";
  for (int i = 0; i < 1000; ++i) many += ",{}";

  EXPECT_EQ(ParseJson(many + "]").size(), 1001U);
}

}  // namespace
}  // namespace vouch
