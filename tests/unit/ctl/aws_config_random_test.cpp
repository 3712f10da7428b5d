// Random texts: whatever is in ~/.aws/config, an edit changes the one profile and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <random>

#include "aws_config.h"
#include "unit/ctl/subprocess.h"

namespace vouch {
namespace {

using Lines = std::vector<std::string>;

constexpr int kTexts = 400;
const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
const std::string kRegion = "eu-central-1";
const std::string kCommand = "/usr/bin/vouch-credential-process --role " + kRole + " --region " + kRegion;
const AwsProfileWish kWish = {"/usr/bin/vouch-credential-process", kRole, "", "vouch", kRegion};

class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::string Text() {
    Lines headers = {"[default]",          "[profile a]",  "[profile \"q q\"]",
                     "[sso-session corp]", "[services s]", "[unknown]"};
    if (Dice(2)) headers.emplace_back("[profile vouch]");
    std::shuffle(headers.begin(), headers.end(), random_);
    headers.resize(headers.size() - random_() % 3);
    Noise();
    for (const std::string& header : headers) Section(header);
    if (Dice(3)) text_.resize(text_.find_last_not_of("\r\n") + 1);
    return text_;
  }

 private:
  bool Dice(unsigned sides) { return random_() % sides == 0; }
  std::string Any(const Lines& choices) { return choices[random_() % choices.size()]; }
  void Add(const std::string& line) { text_ += line + (Dice(40) ? Any({"\r\n", "\n"}) : ending_); }

  void Noise() {
    while (Dice(2)) Add(Any({"", "# comment", "; [profile vouch]", "  # region = x", "   ", "\t", "#"}));
  }

  void Setting(const std::string& indentation) {
    const std::string key = "key" + std::to_string(++keys_);
    Add(indentation +
        Any({key + " = value", key + "=value # not a comment", key + " : v", key + " =",
             key + " = credential_process = vouch credential aws --role r", key + " = [x]", key + " = j\xc3\xbcrgen"}));
    if (!Dice(3)) return;
    Add(indentation + "nested" + key + " =");
    Noise();
    Add(indentation + "  credential_process = nested");
    Add(indentation + "  region = nested");
  }

  void Section(const std::string& header) {
    Add(header + Any({"", "", " # c"}));
    const std::string indentation = Any({"", "", "  ", "\t"});
    Noise();
    while (!Dice(3)) Setting(indentation);
    if (header == "[profile vouch]" || Dice(4))
      Add(indentation + Any({"credential_process = ", "CREDENTIAL_PROCESS=", "credential_process:  "}) +
          Any({"vouch credential aws --role=old", "/x/vouch-credential-process --role '" + kRole + "'"}));
    if (Dice(2)) Add(indentation + Any({"region = us-east-1", "region=", "Region : " + kRegion}));
    while (Dice(2)) Setting(indentation);
    Noise();
  }

  std::mt19937 random_;
  const std::string ending_ = Any({"\n", "\n", "\r\n"});
  std::string text_;
  int keys_ = 0;
};

// Lines with their line breaks.
Lines LinesOf(const std::string& text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

// The text without those lines of [profile vouch] that an edit may change: its own credential_process and region, which
// no line of a nested setting is.
std::string Rest(const std::string& text) {
  std::string rest, indentation;
  bool inside = false, first = false;
  for (const std::string& line : LinesOf(text)) {
    if (line[0] == '[') inside = first = line.starts_with("[profile vouch]");
    const std::size_t start = line.find_first_not_of(" \t\r\n");
    const bool content = line[0] != '[' && start != std::string::npos && line[start] != '#' && line[start] != ';';
    if (content && first) indentation = line.substr(0, start);
    if (content) first = false;
    std::string key = start == std::string::npos ? "" : line.substr(start, line.find_first_of("=: ", start) - start);
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool own = inside && content && start == indentation.size();
    if (!own || (key != "credential_process" && key != "region")) rest += line;
  }
  return rest;
}

std::string WithoutEnd(const std::string& text) { return text.substr(0, text.find_last_not_of("\r\n") + 1); }

TEST(RandomAwsConfig, KeepsEveryByteThatIsNotOfTheProfile) {
  int added = 0, updated = 0;
  for (unsigned seed = 0; seed < kTexts; ++seed) {
    const std::string before = Writer(seed).Text();
    const AwsProfileEdit edit = SetVouchProfile(before, "", kWish);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + before + "\n-----\n" + edit.text);
    if (edit.what == AwsProfileEdit::What::kAdded) {
      ASSERT_TRUE(edit.text.starts_with(before));
      const std::string more = edit.text.substr(before.size());
      ASSERT_EQ(more.find_first_not_of("\r\n"), more.find("[profile vouch]"));
      ++added;
    } else {
      ASSERT_EQ(Rest(edit.text), Rest(before));
      ASSERT_EQ(edit.text == WithoutEnd(edit.text), before == WithoutEnd(before));
      ++updated;
    }
    ASSERT_EQ(SetVouchProfile(edit.text, "", kWish).text, edit.text);
  }
  EXPECT_GT(added, kTexts / 4);
  EXPECT_GT(updated, kTexts / 4);
}

TEST(RandomAwsConfig, MeansToBotocoreWhatItShould) {
  const TemporaryFolder folder;
  for (unsigned seed = 0; seed < kTexts; ++seed) {
    const std::string before = Writer(seed).Text();
    const std::string name = folder / std::to_string(seed);
    std::ofstream(name + ".before") << before;
    std::ofstream(name + ".after") << SetVouchProfile(before, "", kWish).text;
  }
  const Subprocess::Result judge =
      Subprocess({"/usr/bin/python3", VOUCH_SOURCE_DIR "/tests/unit/ctl/judge_aws_config.py", folder / "", "vouch",
                  kCommand, kRegion})
          .Wait();

  if (judge.exit_code == 77) GTEST_SKIP() << "no botocore here";
  EXPECT_EQ(judge.exit_code, 0) << judge.err;
  EXPECT_EQ(judge.out, std::to_string(kTexts) + "\n");
}

}  // namespace
}  // namespace vouch
