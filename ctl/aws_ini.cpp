#include "aws_ini.h"

#include <algorithm>
#include <optional>
#include <set>

namespace vouch {
namespace {

constexpr std::string_view kSpace = " \t\v\f\r\n\x1c\x1d\x1e\x1f";  // what Python strips, as far as it is ASCII

std::string_view Trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::string Lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool IsComment(std::string_view trimmed) { return trimmed.starts_with('#') || trimmed.starts_with(';'); }

// Only lines of these kinds say anything.
bool HasContent(std::string_view line) {
  const std::string_view trimmed = Trim(line);
  return !trimmed.empty() && !IsComment(trimmed);
}

// "[header]", whatever follows it, up to the last bracket of the line.
std::optional<std::string_view> HeaderOf(std::string_view trimmed) {
  const std::size_t end = trimmed.rfind(']');
  if (!trimmed.starts_with('[') || end == std::string_view::npos || end < 2) return std::nullopt;
  return trimmed.substr(1, end - 1);
}

// What configparser does with one line after the other (Lib/configparser.py, RawConfigParser._read, with its defaults).
class Reader {
 public:
  Reader(std::vector<AwsSection>& sections, std::size_t& bad_line) : sections_(sections), bad_line_(bad_line) {}

  void Read(std::string_view line) {
    const std::size_t at = count_++;
    if (!HasContent(line)) return;
    const std::string_view trimmed = Trim(line);
    const std::size_t indent = line.find_first_not_of(kSpace);
    if (in_setting_ && indent > indent_) return Continue(trimmed, at);
    indent_ = indent;
    if (const auto header = HeaderOf(trimmed)) return Begin(*header, at);
    const std::size_t delimiter = trimmed.find_first_of("=:");
    if (sections_.empty() || delimiter == std::string_view::npos || delimiter == 0) return Bad(at);
    Add(Lower(Trim(trimmed.substr(0, delimiter))), Trim(trimmed.substr(delimiter + 1)), at);
  }

 private:
  void Bad(std::size_t at) {
    if (bad_line_ == 0) bad_line_ = at + 1;
  }

  void Begin(std::string_view header, std::size_t at) {
    if (!headers_.emplace(header).second && header != "DEFAULT") Bad(at);
    sections_.push_back({std::string(header), at, {}});
    keys_.clear();
    in_setting_ = false;
  }

  void Add(std::string key, std::string_view value, std::size_t at) {
    if (!keys_.insert(key).second) Bad(at);
    sections_.back().settings.push_back({std::move(key), std::string(value), at, at + 1});
    in_setting_ = true;
  }

  void Continue(std::string_view trimmed, std::size_t at) {
    AwsSetting& setting = sections_.back().settings.back();
    // Below a setting without a value botocore wants settings (configloader._parse_nested).
    if (setting.value.empty() || setting.value.front() == '\n')
      if (trimmed.find('=') == std::string_view::npos) Bad(at);
    setting.value += '\n';
    setting.value += trimmed;
    setting.end = at + 1;
  }

  std::vector<AwsSection>& sections_;
  std::size_t& bad_line_;
  std::set<std::string, std::less<>> headers_;
  std::set<std::string> keys_;  // of the last section
  std::size_t count_ = 0;
  std::size_t indent_ = 0;
  bool in_setting_ = false;
};

}  // namespace

const AwsSetting* AwsSection::Find(std::string_view key) const {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const AwsSetting& s) { return s.key == key; });
  return found == settings.end() ? nullptr : &*found;
}

AwsIni::AwsIni(std::string_view text) {
  Split(text);
  Parse();
}

void AwsIni::Split(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view ending = text.substr(end, 1);
    if (text.substr(end, 2) == "\r\n") ending = text.substr(end, 2);
    lines_.push_back({std::string(text.substr(0, end)), std::string(ending)});
    text.remove_prefix(end + ending.size());
  }
}

void AwsIni::Parse() {
  sections_.clear();
  bad_line_ = 0;
  Reader reader(sections_, bad_line_);
  for (const Line& line : lines_) reader.Read(line.content);
}

std::string AwsIni::text() const {
  std::string text;
  for (const Line& line : lines_) {
    text += line.content;
    text += line.ending;
  }
  return text;
}

const std::string& AwsIni::Ending() const {
  static const std::string newline = "\n";
  return lines_.empty() || lines_.front().ending.empty() ? newline : lines_.front().ending;
}

std::string AwsIni::Indentation(std::size_t line) const {
  const std::string& content = lines_[line].content;
  return content.substr(0, content.find_first_not_of(kSpace));
}

// A setting above a header that stands deeper than it would take that header for a line of its value.
std::string AwsIni::IndentationOfNextHeader(std::size_t section) const {
  return section + 1 < sections_.size() ? Indentation(sections_[section + 1].line) : "";
}

// A file without a line break at its end stays one.
void AwsIni::Insert(std::size_t at, const std::string& content) {
  std::string ending = Ending();
  if (at > 0 && lines_[at - 1].ending.empty()) std::swap(ending, lines_[at - 1].ending);
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), {content, ending});
}

void AwsIni::Set(std::size_t section, std::string_view key, std::string_view value, std::string_view after) {
  const AwsSection& target = sections_[section];
  if (const AwsSetting* old = target.Find(key)) {
    if (old->value == value) return;
    std::string& content = lines_[old->line].content;
    const std::size_t delimiter = content.find_first_of("=:");
    const std::size_t begin = content.find_first_not_of(kSpace, delimiter + 1);
    content.resize(std::min(begin, content.size()));
    content += value;
    for (std::size_t i = old->end - 1; i > old->line; --i)
      if (HasContent(lines_[i].content)) lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i));
  } else {
    const AwsSetting* before = target.Find(after);
    if (before == nullptr && !target.settings.empty()) before = &target.settings.back();
    const std::string indentation = before == nullptr ? IndentationOfNextHeader(section) : Indentation(before->line);
    Insert(before == nullptr ? target.line + 1 : before->end,
           indentation + std::string(key) + " = " + std::string(value));
  }
  Parse();
}

void AwsIni::AddComment(std::size_t section, std::string_view key, std::string comment) {
  const std::size_t line = sections_[section].Find(key)->line;
  std::replace(comment.begin(), comment.end(), '\n', ' ');
  Insert(line, Indentation(line) + comment);
  Parse();
}

void AwsIni::CommentOut(std::size_t section, std::string_view key) {
  const AwsSetting* setting = sections_[section].Find(key);
  for (std::size_t i = setting->line; i < setting->end; ++i)
    if (HasContent(lines_[i].content)) lines_[i].content.insert(0, "# ");
  Parse();
}

void AwsIni::CommentOutHeader(std::size_t section) {
  const std::size_t headers_left = sections_.size() - 1;
  const std::size_t next = section < headers_left ? sections_[section + 1].line : 0;
  lines_[sections_[section].line].content.insert(0, "# ");
  Parse();
  if (sections_.size() == headers_left) return;
  lines_[next].content.erase(0, Indentation(next).size());
  Parse();
}

void AwsIni::Append(std::string_view lines) {
  const std::string ending = Ending();
  if (!lines_.empty()) {
    if (lines_.back().ending.empty()) lines_.back().ending = ending;
    if (!Trim(lines_.back().content).empty()) lines_.push_back({"", ending});
  }
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    lines_.push_back({std::string(lines.substr(0, end)), ending});
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  Parse();
}

}  // namespace vouch
