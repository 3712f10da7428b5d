#include "yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <utility>

#include "error.h"
#include "yaml_shortener.h"
#include "yaml_text.h"

namespace vouch {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error Refusal(std::size_t line, const std::string& why) {
  return Error(REASON_CONFIGURATION, "line " + std::to_string(line) + ": " + why,
               "put it right by hand, then try again");
}

// Builds the tree from yaml-cpp's events, which are about the short text and count offsets behind a byte order mark.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const YamlShortener& shortener)
      : text_(text), shortener_(shortener), shift_(text.starts_with(kByteOrderMark) ? 3 : 0) {}

  YamlNode Take() { return std::move(root_); }

  // yaml-cpp takes the end of the text for the quote that is missing.
  void RefuseOpenQuote() const {
    if (last_quoted_.begin != YamlNode::kNowhere) EndOfYaml(text_, last_quoted_, 0);
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode& node = Append(YamlNode::Kind::kNull, mark, "", anchor);
    if (!IsWrittenNull(node.begin)) node.begin = YamlNode::kNowhere;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Append(YamlNode::Kind::kAlias, mark, "", anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode& node = Append(YamlNode::Kind::kScalar, mark, tag, anchor);
    node.text = shortener_.Whole(value, OffsetOf(mark));
    node.plain = tag == "?";
    if (!node.plain) last_quoted_ = node;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(YamlNode::Kind::kList, mark, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor, style);
  }

 private:
  std::size_t OffsetOf(const YAML::Mark& mark) const { return static_cast<std::size_t>(mark.pos) + shift_; }

  YamlNode& Append(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    YamlNode node;
    node.kind = kind;
    node.begin = std::min(shortener_.OffsetInWhole(OffsetOf(mark)), text_.size());
    if (tag != "?" && tag != "!") node.tag = tag;
    node.anchor = anchor;
    if (open_.empty()) {
      root_ = std::move(node);
      return root_;
    }
    if (!open_.back()->flow) RefuseTabs(node.begin);
    return open_.back()->children.emplace_back(std::move(node));
  }

  // Pointers stay good: only the innermost open node grows.
  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    YamlNode& node = Append(kind, mark, tag, anchor);
    node.flow = style == YAML::EmitterStyle::Flow;
    open_.push_back(&node);
  }

  // yaml-cpp takes some of the tabs that kubectl's parser does not.
  void RefuseTabs(std::size_t begin) const {
    const std::string_view before = text_.substr(0, begin).substr(LineBegin(text_, begin));
    if (before.find('\t') != std::string_view::npos && before.find_first_not_of(" \t-") == std::string_view::npos)
      throw Refusal(LineOf(text_, begin), "a tab in the indentation");
  }

  // The event of a null that nobody wrote carries the place of whatever comes next.
  bool IsWrittenNull(std::size_t begin) const {
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      std::string_view rest = text_.substr(begin);
      if (!rest.starts_with(word)) continue;
      rest.remove_prefix(word.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
      return !rest.starts_with(':');
    }
    return false;
  }

  std::string_view text_;
  const YamlShortener& shortener_;
  std::size_t shift_;
  YamlNode root_;
  YamlNode last_quoted_;
  std::vector<YamlNode*> open_;
};

// What nearly all of a file is made of; certificates are long.
bool IsUsual(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; }

// Takes the character that begins `text` off it, which is at `at` in the file; what is wrong with it, null for nothing.
const char* TakeStrange(std::string_view& text, std::size_t at) {
  const auto code = TakeCodePoint(text);
  if (!code) return "a byte that is not UTF-8";
  if (*code == '\r') return text.starts_with('\n') ? nullptr : "a carriage return inside a line";
  if (*code == 0xFEFF) return at == 0 ? nullptr : "a byte order mark inside the text";  // kubectl passes over one that begins a line
  return NeedsEscape(*code) ? "a control character" : nullptr;
}

// What yaml-cpp reads in another way than kubectl, which refuses most of it: 0x04 as the end of the text, the bytes FE
// and FF as the mark of UTF-16, the line ends of YAML 1.1 as part of the line.
void RefuseStrangeCharacters(std::string_view text) {
  std::string_view rest = text;
  const auto skip_usual = [&rest] {
    rest.remove_prefix(static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), IsUsual) - rest.begin()));
  };
  for (skip_usual(); !rest.empty(); skip_usual()) {
    const std::size_t at = text.size() - rest.size();
    if (const char* why = TakeStrange(rest, at); why != nullptr) throw Refusal(LineOf(text, at), why);
  }
}

bool MeansString(const YamlNode& scalar) { return !scalar.plain || !NeedsQuotes(scalar.text); }

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  if (!IsMap()) return nullptr;
  const YamlNode* found = nullptr;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i].IsScalar() && children[i].text == key) found = &children[i + 1];
  }
  return found;
}

YamlNode* YamlNode::Find(std::string_view key) { return const_cast<YamlNode*>(std::as_const(*this).Find(key)); }

std::string_view YamlNode::TextOf(std::string_view key) const {
  const YamlNode* value = Find(key);
  return value != nullptr && value->IsScalar() ? std::string_view(value->text) : std::string_view();
}

void YamlNode::Add(std::string key, YamlNode value) {
  children.push_back(YamlString(std::move(key)));
  children.push_back(std::move(value));
}

YamlNode YamlString(std::string text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.plain = false;
  node.text = std::move(text);
  return node;
}

YamlNode YamlList(const std::vector<std::string>& texts) {
  YamlNode node;
  node.kind = YamlNode::Kind::kList;
  for (const std::string& text : texts) node.children.push_back(YamlString(text));
  return node;
}

YamlNode YamlMap() {
  YamlNode node;
  node.kind = YamlNode::Kind::kMap;
  return node;
}

bool HasAnchorAliasOrTag(const YamlNode& node) {
  return node.anchor != 0 || !node.tag.empty() || node.kind == YamlNode::Kind::kAlias ||
         std::any_of(node.children.begin(), node.children.end(), HasAnchorAliasOrTag);
}

bool SameYaml(const YamlNode& one, const YamlNode& other) {
  if (one.kind != other.kind || one.tag != other.tag || one.anchor != other.anchor || one.text != other.text)
    return false;
  if (one.plain != other.plain && !(MeansString(one) && MeansString(other))) return false;
  return std::equal(one.children.begin(), one.children.end(), other.children.begin(), other.children.end(), SameYaml);
}

YamlNode ReadYaml(std::string_view text) {
  RefuseStrangeCharacters(text);
  const YamlShortener shortener(text);
  std::istringstream stream{shortener.text()};
  Builder first(text, shortener);
  Builder second(text, shortener);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(first);
    if (parser.HandleNextDocument(second))
      throw Error(REASON_CONFIGURATION, "there is more than one YAML document in the file", "split it");
  } catch (const YAML::Exception& error) {
    throw Refusal(static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1, "not YAML: " + error.msg);
  }
  first.RefuseOpenQuote();
  return first.Take();
}

std::size_t LineOf(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

}  // namespace vouch
