// ~/.aws/config and ~/.aws/credentials that somebody else wrote (before and after a line "~~"): an edit makes the profile what is
// wished for, leaves every byte outside of it, and made twice is made once. Words of a command are split and quoted alike.
#include <algorithm>

#include "aws_config.h"
#include "aws_ini.h"
#include "error.h"
#include "fuzz.h"
#include "shell_words.h"

namespace {

using namespace vouch;
using fuzz::Promise;

const AwsProfileWish kWish = {"/usr/bin/vouch-credential-process", "arn:aws:iam::123456789012:role/VouchDeveloper", "", "vouch", "eu-central-1"};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size() - 1) + 1;
    const std::size_t whole = text.substr(end - 1).starts_with("\r\n") ? end + 1 : end;
    lines.push_back(text.substr(0, whole));
    text.remove_prefix(whole);
  }
  return lines;
}

// Where the lines of the profile's section begin and end.
std::pair<std::size_t, std::size_t> Place(const AwsIni& ini, std::size_t count) {
  for (std::size_t i = 0; i < ini.sections().size(); ++i)
    if (AwsProfileOf(ini.sections()[i].header) == kWish.profile)
      return {ini.sections()[i].line, i + 1 < ini.sections().size() ? ini.sections()[i + 1].line : count};
  return {count, count};
}

void CheckOutside(const std::string& before, const std::string& after) {
  const auto old = LinesOf(before), now = LinesOf(after);
  const auto [begin, end] = Place(AwsIni(before), old.size());
  const auto [new_begin, new_end] = Place(AwsIni(after), now.size());
  Promise(begin == new_begin && std::equal(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(begin), now.begin()),
          "every byte before the profile stays");
  const auto tail = static_cast<std::ptrdiff_t>(old.size() - end);
  Promise(old.size() - end == now.size() - new_end && std::equal(old.end() - tail, old.end(), now.end() - tail),
          "every byte behind the profile stays");
}

bool IsWished(const VouchProfile& profile) {
  return profile.name == kWish.profile && profile.role == kWish.role && profile.region == kWish.region;
}

void Edit(const std::string& config, const std::string& credentials) {
  const AwsProfileEdit edit = SetVouchProfile(config, credentials, kWish);
  if (AwsIni(config).bad_line() != 0) return;  // botocore reads nothing of it, and setup_aws refuses it before
  const auto profiles = VouchProfiles(edit.text);
  Promise(std::any_of(profiles.begin(), profiles.end(), IsWished), "the profile is there");
  Promise(AwsIni(edit.text).bad_line() == 0, "botocore reads what was written");
  if (edit.what == AwsProfileEdit::What::kAdded) Promise(edit.text.starts_with(config), "a profile is added at the end");
  else CheckOutside(config, edit.text);
  Promise(SetVouchProfile(edit.text, credentials, kWish).text == edit.text, "an edit made twice is made once");
}

void Words(std::string_view text) {
  if (const auto quoted = QuoteShellWord(text)) {
    const auto words = SplitShellWords(*quoted);
    Promise(words && words->size() == 1 && words->front() == text, "a quoted word is split as itself");
  }
  SplitShellWords(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::TextOf(data, size);
  Words(text);
  const std::string config(fuzz::TakeUntil(text, "\n~~\n"));
  Promise(AwsIni(config).text() == config, "what nobody changes stays byte for byte");
  try {
    Edit(config, std::string(text));
  } catch (const Error& error) {
    Promise(error.reason() == REASON_CONFIGURATION, "what is refused is said to be wrongly set");
  }
  return 0;
}
