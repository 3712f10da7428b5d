#include "shell_words.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/ctl/subprocess.h"

namespace vouch {
namespace {

using Words = std::vector<std::string>;

// Each word with its length before it, so that no character is a separator; "refused" for no words.
std::string Written(const std::optional<Words>& words) {
  if (!words) return "refused";
  std::string text = std::to_string(words->size());
  for (const std::string& word : *words) text += ' ' + std::to_string(word.size()) + ':' + word;
  return text;
}

constexpr const char* kShlex = R"(
import shlex, sys
answers = []
for text in sys.stdin.buffer.read().decode('latin-1').split('\0'):
    try:
        words = shlex.split(text)
        answers.append(' '.join([str(len(words))] + ['%d:%s' % (len(w), w) for w in words]))
    except ValueError:
        answers.append('refused')
sys.stdout.buffer.write('\0'.join(answers).encode('latin-1'))
)";

TEST(ShellWords, AreSplitExactlyAsPythonSplitsThem) {
  std::mt19937 random(20261124);  // NOLINT: the same texts in every run
  const std::string alphabet = "ab \"'\\\t\n#;$=-\r";
  std::string input = "vouch credential aws --role x", expected = "5 5:vouch 10:credential 3:aws 6:--role 1:x";
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (auto left = random() % 14; left > 0; --left) text += alphabet[random() % alphabet.size()];
    input += '\0' + text;
    expected += '\0' + Written(SplitShellWords(text));
  }
  const Subprocess::Result python = Subprocess({"/usr/bin/python3", "-c", kShlex}, {}, input).Wait();

  ASSERT_EQ(python.exit_code, 0) << python.err;
  EXPECT_TRUE(python.out == expected);
}

TEST(ShellWords, AreQuotedOnlyWhenTheyHaveTo) {
  EXPECT_EQ(QuoteShellWord("/usr/bin/x-1.2_3"), "/usr/bin/x-1.2_3");
  EXPECT_EQ(QuoteShellWord("/opt/my tools/x"), "\"/opt/my tools/x\"");
  EXPECT_EQ(QuoteShellWord("/opt/it's/x"), "\"/opt/it's/x\"");
  EXPECT_EQ(QuoteShellWord("/opt/$cash`\"\\/x"), "'/opt/$cash`\"\\/x'");
  EXPECT_EQ(QuoteShellWord(""), "\"\"");
}

TEST(ShellWords, WithoutASpellingForEverySdkAreNotQuoted) {
  for (const std::string word : {"a\nb", "a\x7f", "it's $1", "a #b", "a ;b"})
    EXPECT_EQ(QuoteShellWord(word), std::nullopt) << word;
}

TEST(ShellWords, QuotedAreOneWordForPythonAndForSh) {
  for (const std::string word :
       {"/usr/bin/x", "/a b/x", "it's", "$HOME", "a\\b", "\"", "*", "~", "a;b", "#", "\xc3\xbc"}) {
    const std::string quoted = QuoteShellWord(word).value();
    EXPECT_EQ(SplitShellWords(quoted), Words{word});
    EXPECT_EQ(Subprocess({"/bin/sh", "-c", "printf %s. " + quoted}).Wait().out, word + ".");
  }
}

}  // namespace
}  // namespace vouch
