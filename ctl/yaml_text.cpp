#include "yaml_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "error.h"

namespace vouch {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

Error Refusal(std::string_view text, std::size_t offset, const std::string& why) {
  return Error(REASON_CONFIGURATION, "line " + std::to_string(LineOf(text, offset)) + ": " + why,
               "edit this entry by hand");
}

bool HasEscapes(std::string_view text) {
  while (!text.empty()) {
    const auto code = TakeCodePoint(text);
    if (!code || NeedsEscape(*code)) return true;
  }
  return false;
}

std::string Quoted(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::string_view rest = text;
    const auto code = TakeCodePoint(text);
    if (!code) throw Error(REASON_CONFIGURATION, "a name or value for the kubeconfig is not UTF-8",
                           "write it in UTF-8");
    if (NeedsEscape(*code)) {
      std::array<char, 8> escape{};
      result.append(escape.data(),
                    static_cast<std::size_t>(std::snprintf(escape.data(), escape.size(), "\\u%04X", *code)));
      continue;
    }
    if (*code == '"' || *code == '\\') result += '\\';
    result += rest.substr(0, rest.size() - text.size());
  }
  return result + "\"";
}

// Yes, no, null and their kin in any case; case matters in YAML, but not to a careful writer.
bool IsWordWithMeaning(std::string_view text) {
  constexpr std::array<std::string_view, 16> kWords = {"~", "null", "true", "false", "yes",   "no",    "on", "off",
                                                       "y", "n",    ".nan", ".inf",  "+.inf", "-.inf", "=",  "<<"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Numbers in every base and notation, sexagesimal ones, dates and times; some that are none, too.
bool LooksLikeNumberOrTime(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("+-."), text.size()));
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find_first_not_of("0123456789abcdefABCDEFxXoOtTzZ_.:+- ") == std::string_view::npos;
}

bool HasSpecialStart(std::string_view text) {
  if (text.starts_with("---") || text.starts_with("...")) return true;
  if (std::string_view("-?:").find(text.front()) != std::string_view::npos) return text.size() == 1 || text[1] == ' ';
  return std::string_view(",[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos;
}

std::string Scalar(const YamlNode& node) {
  const bool as_it_was = node.plain && node.text.find('\n') == std::string::npos;
  return as_it_was ? node.text : FormatYamlString(node.text);
}

void RefuseMarks(const YamlNode& node) {
  if (node.anchor != 0 || !node.tag.empty() || node.kind == YamlNode::Kind::kAlias)
    throw Error(REASON_CONFIGURATION, "an anchor, alias or tag is in what has to be written anew", "edit it by hand");
}

// As lines of a list at `column`: the first one gets the dash.
void AppendItem(const YamlNode& item, std::size_t column, std::vector<std::string>& lines) {
  const std::string dash = std::string(column, ' ') + "-";
  const std::string in_line = FormatYamlInline(item);
  if (!in_line.empty() || item.IsNull()) {
    lines.push_back(dash + in_line);
    return;
  }
  std::vector<std::string> block = FormatYamlBlock(item, column + 2);
  block.front().replace(0, column + 1, dash);
  lines.insert(lines.end(), block.begin(), block.end());
}

// Behind `word`, whatever white space the source has where `word` has some.
std::size_t SkipWords(std::string_view text, std::size_t at, std::string_view word) {
  for (const char c : word) {
    if (IsSpace(c)) continue;
    while (at < text.size() && IsSpace(text[at])) ++at;
    if (at >= text.size() || text[at] != c) throw Refusal(text, at, "this scalar cannot be edited");
    ++at;
  }
  return at;
}

std::size_t EndOfQuoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  throw Refusal(text, text.size(), "a quote is missing");
}

// Lines deeper than the block around it, and empty ones between them; behind them only where the header says "keep".
std::size_t EndOfLiteral(std::string_view text, std::size_t at, std::size_t column) {
  const std::size_t content = NextLine(text, at);
  const std::string_view header = text.substr(at, content - at);
  const bool keep = header.substr(0, header.find('#')).find('+') != std::string_view::npos;
  std::size_t end = content;
  for (std::size_t line = content; line < text.size(); line = NextLine(text, line)) {
    std::size_t first = line;
    while (first < text.size() && text[first] == ' ') ++first;
    const bool is_empty = first >= text.size() || text[first] == '\n' || text[first] == '\r';
    if (!is_empty && first - line <= column) break;
    if (!is_empty || keep) end = NextLine(text, line);
  }
  if (end > 0 && text[end - 1] == '\n') --end;
  return end > 0 && text[end - 1] == '\r' ? end - 1 : end;
}

// Walks over a flow list or map, collecting the comments in it.
std::size_t EndOfFlow(std::string_view text, std::size_t at, std::vector<std::string>* comments) {
  std::size_t depth = 0;
  char before = ' ';
  while (at < text.size()) {
    const char c = text[at];
    const bool at_start = IsSpace(before) || std::string_view("[{,:").find(before) != std::string_view::npos;
    if ((c == '"' || c == '\'') && at_start) {
      at = EndOfQuoted(text, at);
      before = c;
      continue;
    }
    if (c == '#' && IsSpace(before)) {
      const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
      if (comments != nullptr) comments->emplace_back(text.substr(at, end - at));
      at = end;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    before = c;
    ++at;
  }
  throw Refusal(text, text.size(), "a bracket is missing");
}

std::size_t EndOfToken(std::string_view text, std::size_t at) {
  while (at < text.size() && !IsSpace(text[at])) ++at;
  return at;
}

std::size_t SkipAnchorAndTag(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = EndOfToken(text, at);
    while (at < text.size() && IsSpace(text[at])) ++at;
  }
  return at;
}

std::size_t EndOfScalar(std::string_view text, const YamlNode& node, std::size_t at, std::size_t column) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) return EndOfQuoted(text, at);
  if (!node.plain && at < text.size() && (text[at] == '|' || text[at] == '>')) return EndOfLiteral(text, at, column);
  return SkipWords(text, at, node.text);
}

std::size_t EndOfBlock(std::string_view text, const YamlNode& node, std::size_t at) {
  const YamlNode& last = node.children.back();
  if (last.begin != YamlNode::kNowhere) return EndOfYaml(text, last, ColumnOf(text, at));
  if (!node.IsMap()) throw Refusal(text, at, "a list ends with an empty entry");
  return EndOfYamlKey(text, node.children[node.children.size() - 2]);
}

}  // namespace

std::optional<std::uint32_t> TakeCodePoint(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) return std::nullopt;
  std::uint32_t code = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (next & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
  text.remove_prefix(size);
  return code;
}

bool NeedsEscape(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
         code == 0xFFFE || code == 0xFFFF;
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || IsSpace(text.front()) || IsSpace(text.back()) || text.back() == ':' || HasSpecialStart(text) ||
         text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos || HasEscapes(text) ||
         IsWordWithMeaning(text) || LooksLikeNumberOrTime(text);
}

std::string FormatYamlString(std::string_view text) { return NeedsQuotes(text) ? Quoted(text) : std::string(text); }

std::string FormatYamlInline(const YamlNode& node) {
  RefuseMarks(node);
  if (node.IsScalar()) return " " + Scalar(node);
  if (node.IsNull()) return "";
  if (!node.children.empty()) return "";
  return node.IsMap() ? " {}" : " []";
}

std::vector<std::string> FormatYamlMember(const std::string& key, const YamlNode& value, std::size_t column) {
  const std::string in_line = FormatYamlInline(value);
  std::vector<std::string> lines = {std::string(column, ' ') + key + ":" + in_line};
  if (!in_line.empty() || value.IsNull()) return lines;
  const std::vector<std::string> block = FormatYamlBlock(value, value.IsMap() ? column + 2 : column);
  lines.insert(lines.end(), block.begin(), block.end());
  return lines;
}

std::vector<std::string> FormatYamlBlock(const YamlNode& node, std::size_t column) {
  RefuseMarks(node);
  std::vector<std::string> lines;
  if (node.IsList()) {
    for (const YamlNode& item : node.children) AppendItem(item, column, lines);
    return lines;
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    if (!node.children[i].IsScalar()) throw Error(REASON_CONFIGURATION, "a key is no string", "edit it by hand");
    RefuseMarks(node.children[i]);
    const auto member = FormatYamlMember(Scalar(node.children[i]), node.children[i + 1], column);
    lines.insert(lines.end(), member.begin(), member.end());
  }
  return lines;
}

std::size_t EndOfYaml(std::string_view text, const YamlNode& node, std::size_t column) {
  if (node.kind == YamlNode::Kind::kAlias) return EndOfToken(text, node.begin);
  const std::size_t at = SkipAnchorAndTag(text, node.begin);
  if (node.IsScalar()) return EndOfScalar(text, node, at, column);
  if (node.IsNull()) return at < text.size() && text[at] == '~' ? at + 1 : at + std::string_view("null").size();
  if (node.flow) return EndOfFlow(text, at, nullptr);
  return EndOfBlock(text, node, at);
}

std::size_t EndOfYamlKey(std::string_view text, const YamlNode& key) {
  if (!key.IsScalar()) throw Refusal(text, key.begin, "a key is no string");
  std::size_t at = EndOfScalar(text, key, SkipAnchorAndTag(text, key.begin), 0);
  while (at < text.size() && IsBlank(text[at])) ++at;
  if (at >= text.size() || text[at] != ':') throw Refusal(text, key.begin, "a key that cannot be edited");
  return at + 1;
}

std::vector<std::string> CommentsIn(std::string_view text, const YamlNode& flow) {
  std::vector<std::string> comments;
  EndOfFlow(text, flow.begin, &comments);
  return comments;
}

std::size_t LineBegin(std::string_view text, std::size_t offset) {
  const std::size_t last = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  return last == std::string_view::npos ? 0 : last + 1;
}

std::size_t NextLine(std::string_view text, std::size_t offset) {
  const std::size_t end = text.find('\n', offset);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::size_t ColumnOf(std::string_view text, std::size_t offset) {
  const std::size_t line = LineBegin(text, offset);
  return offset - line - (line == 0 && text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

}  // namespace vouch
