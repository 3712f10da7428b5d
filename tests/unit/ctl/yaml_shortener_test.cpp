// That nobody can tell from a tree that yaml-cpp has read a shorter text.
#include "yaml_shortener.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/ctl/thrown.h"
#include "yaml_tree.h"

namespace vouch {
namespace {

const std::string kLong = "arn:aws:eks:eu-central-1:123456789012:cluster/demo";
const std::string kData = std::string(2000, 'A') + "+/==";

void ExpectInPlace(const std::string& text, const YamlNode& node) {
  if (node.IsScalar() && node.plain) {
    EXPECT_EQ(text.substr(node.begin, node.text.size()), node.text);
  }
  for (const YamlNode& child : node.children) ExpectInPlace(text, child);
}

std::string ValueIn(const std::string& text) { return std::string(ReadYaml(text).TextOf("a")); }

TEST(YamlShortener, CutsTheLastWordsOfLines) {
  const std::string text = "a: " + kData + "\nb:\n- " + kLong + "\r\n- short\n";

  const YamlShortener shortener(text);

  EXPECT_LT(shortener.text().size(), 40u);
  EXPECT_EQ(std::count(shortener.text().begin(), shortener.text().end(), '\n'), 4);
}

TEST(YamlShortener, LeavesWhatMeansSomethingToYaml) {
  for (const std::string text :
       {"a-long-key-at-the-end:\n", "x: &a-long-anchor\n", "x: *a-long-anchor\n", "x: !a-long-tag\n",
        "x: y # a-long-comment\n", "%TAG ! a-long-directive\n", "--------------\n", "x: ---------------\n"})
    EXPECT_EQ(YamlShortener(text).text(), text);
}

TEST(YamlShortener, NodesKeepTheirTextAndPlace) {
  for (const std::string end : {"\n", "\r\n"}) {
    std::string text = "\xEF\xBB\xBF# top" + end + "a: " + kLong + end + "b: {c: " + kLong + end + "  }" + end;
    for (int i = 0; i < 5; ++i)
      text += "d" + std::to_string(i) + ": # " + kLong + end + "- " + kData + end + "- last: " + kLong + end;

    const YamlNode root = ReadYaml(text);

    ExpectInPlace(text, root);
    ASSERT_NE(root.Find("d4"), nullptr);
    EXPECT_EQ(root.Find("d4")->children.at(0).text, kData);
    EXPECT_EQ(root.Find("d4")->children.at(1).TextOf("last"), kLong);
    EXPECT_EQ(root.Find("b")->TextOf("c"), kLong);
  }
}

TEST(YamlShortener, ScalarsOfEveryStyleKeepTheirWords) {
  EXPECT_EQ(ValueIn("a: |\n  x " + kLong + "\n  " + kData + "\n"), "x " + kLong + "\n" + kData + "\n");
  EXPECT_EQ(ValueIn("a: >-\n  x " + kLong + "\n  " + kData + "\n"), "x " + kLong + " " + kData);
  EXPECT_EQ(ValueIn("a: \"x " + kLong + "\n  " + kData + "\"\n"), "x " + kLong + " " + kData);
  EXPECT_EQ(ValueIn("a: 'x " + kLong + "\n  y'\n"), "x " + kLong + " y");
  EXPECT_EQ(ValueIn("a: x " + kLong + "\n  " + kData + "\n"), "x " + kLong + " " + kData);
  EXPECT_EQ(ValueIn("a: " + kLong), kLong);
}

TEST(YamlShortener, WordsOfCommentsDoNotGetIntoValues) {
  EXPECT_EQ(ValueIn("# " + kData + "\na: | # " + kData + "\n  x " + kLong + "\n"), "x " + kLong + "\n");
  EXPECT_EQ(ValueIn("a: &b # " + kData + "\n  " + kLong + "\n"), kLong);
}

TEST(YamlShortener, TellsAShortWordFromWhatItPutsThere) {
  const std::string stand_in = YamlShortener("a: " + kLong).text().substr(3);

  EXPECT_EQ(ValueIn("a: " + stand_in + "\nb: " + kLong + "\n"), stand_in);
  EXPECT_EQ(ValueIn("b: " + stand_in + "\na: " + kLong + "\n"), kLong);
}

TEST(YamlShortener, NothingComesOutOfAnEscape) {
  const std::string stand_in = YamlShortener("a: " + kLong).text().substr(3);
  ASSERT_EQ(stand_in.front(), 'Q');
  const std::string escaped = "\"\\x51" + stand_in.substr(1) + "\"";

  EXPECT_EQ(ValueIn("b: " + kLong + "\na: " + escaped + "\nc: " + kLong + "\n"), stand_in);
}

TEST(YamlShortener, ErrorsNameTheLineOfTheFile) {
  const Error error = ThrownBy([] { ReadYaml("a: " + kData + "\nb: [" + kLong + "\n"); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(std::string(error.what()).find("line 3"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace vouch
