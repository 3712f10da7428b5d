#include "yaml_edit.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "error.h"
#include "yaml_text.h"

namespace vouch {
namespace {

using Kind = YamlChange::Kind;

bool IsAnchored(const YamlNode& node) { return node.anchor != 0 || !node.tag.empty(); }

// Carries a change out on a tree: what the text has to mean afterwards.
class Model {
 public:
  explicit Model(std::string_view text) : text_(text) {}

  void Apply(YamlNode& node, const YamlChange& change) const {
    switch (change.kind) {
      case Kind::kSet:
        if (!SameYaml(node, change.value)) node = change.value;
        return;
      case Kind::kRemove:
        return;  // the parent's business
      case Kind::kMembers:
        return ApplyToMap(Become(node, YamlNode::Kind::kMap, "a map"), change.parts);
      case Kind::kEntries:
        return ApplyToList(Become(node, YamlNode::Kind::kList, "a list"), change.parts);
    }
  }

  Error Refusal(const YamlNode& node, const std::string& why) const {
    const std::size_t offset = node.begin == YamlNode::kNowhere ? 0 : node.begin;
    return Error(REASON_CONFIGURATION, "line " + std::to_string(LineOf(text_, offset)) + ": " + why,
                 "put it right by hand, then try again");
  }

 private:
  YamlNode& Become(YamlNode& node, YamlNode::Kind kind, const char* what) const {
    if (node.kind == YamlNode::Kind::kAlias) throw Refusal(node, "an alias cannot be edited");
    if (node.IsNull()) node.kind = kind;
    if (node.kind != kind) throw Refusal(node, std::string("this is not ") + what);
    return node;
  }

  void ApplyToMap(YamlNode& map, const YamlChange::Parts& parts) const {
    for (const auto& [key, change] : parts) {
      const std::size_t at = IndexOf(map, key);
      if (change.kind == Kind::kRemove) {
        const auto member = map.children.begin() + static_cast<std::ptrdiff_t>(std::min(at, map.children.size()));
        if (member != map.children.end()) map.children.erase(member, member + 2);
        continue;
      }
      if (at < map.children.size()) {
        Apply(map.children[at + 1], change);
      } else {
        YamlNode made;
        Apply(made, change);
        map.Add(key, std::move(made));
      }
    }
  }

  void ApplyToList(YamlNode& list, const YamlChange::Parts& parts) const {
    RefuseDuplicates(list);
    for (const auto& [name, change] : parts) {
      const auto is_it = [&name = name](const YamlNode& entry) { return entry.TextOf("name") == name; };
      const auto found = std::find_if(list.children.begin(), list.children.end(), is_it);
      if (change.kind == Kind::kRemove) {
        if (found != list.children.end()) list.children.erase(found);
      } else if (found != list.children.end()) {
        Apply(*found, change);
      } else {
        YamlNode made = YamlMap();
        made.Add("name", YamlString(name));
        Apply(made, change);
        list.children.push_back(std::move(made));
      }
    }
  }

  // Of the key; the number of children without.
  std::size_t IndexOf(const YamlNode& map, const std::string& key) const {
    std::size_t found = map.children.size();
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      if (!map.children[i].IsScalar() || map.children[i].text != key) continue;
      if (found != map.children.size()) throw Refusal(map.children[i], key + " is there twice");
      found = i;
    }
    return found;
  }

  void RefuseDuplicates(const YamlNode& list) const {
    std::set<std::string_view> names;
    for (const YamlNode& entry : list.children) {
      const YamlNode* name = entry.Find("name");
      if (name != nullptr && name->IsScalar() && !names.insert(name->text).second)
        throw Refusal(entry, "there are two entries with the name " + name->text);
    }
  }

  std::string_view text_;
};

// Carries the same change out on the text.
class Splicer {
 public:
  explicit Splicer(std::string_view text) : text_(text), model_(text) {
    const std::size_t end = text.find('\n');
    eol_ = end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
  }

  void ChangeRoot(const YamlNode& root, const YamlChange& change) {
    if (root.IsMap() && !root.flow) return ChangeMap(root, change.parts);
    YamlNode made = root;
    model_.Apply(made, change);
    if (root.IsNull()) return Insert(text_.size(), FormatYamlBlock(made, 0));
    RewriteInPlace(root, made);
  }

  std::string Result() {
    std::stable_sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    std::string result;
    std::size_t done = 0;
    for (const Edit& edit : edits_) {
      result.append(text_, done, edit.begin - done).append(edit.text);
      done = std::max(done, edit.end);
    }
    return result.append(text_, done);
  }

 private:
  struct Edit {
    std::size_t begin, end;
    std::string text;
  };

  // Members that are there come first: what they put behind their last line belongs before the map's new members.
  void ChangeMap(const YamlNode& map, const YamlChange::Parts& parts) {
    if (IsAnchored(map)) throw model_.Refusal(map, "an anchor or a tag is in what has to be changed");
    const std::size_t column = ColumnOf(text_, map.begin);
    YamlChange::Parts missing;
    for (const auto& [key, change] : parts) {
      bool found = false;
      for (std::size_t i = 0; i + 1 < map.children.size() && !found; i += 2) {
        found = map.children[i].IsScalar() && map.children[i].text == key;
        if (found) ChangeMember(map.children[i], map.children[i + 1], change, column);
      }
      if (!found && change.kind != Kind::kRemove) missing.push_back({key, change});
    }
    for (const auto& [key, change] : missing) {
      YamlNode made;
      model_.Apply(made, change);
      Insert(BehindMap(map, column), FormatYamlMember(key, made, column));
    }
  }

  void ChangeMember(const YamlNode& key, const YamlNode& value, const YamlChange& change, std::size_t column) {
    if (change.kind == Kind::kRemove) return RemoveMember(key, value, column);
    if (change.kind == Kind::kMembers && value.IsMap() && !value.flow) return ChangeMap(value, change.parts);
    if (change.kind == Kind::kEntries && value.IsList() && !value.flow) return ChangeList(value, change.parts);
    YamlNode made = value;
    model_.Apply(made, change);
    if (SameYaml(made, value)) return;
    if (HasAnchorAliasOrTag(value)) throw model_.Refusal(value, "an anchor, alias or tag is in what has to be changed");
    ReplaceValue(key, value, made, column);
  }

  void ChangeList(const YamlNode& list, const YamlChange::Parts& parts) {
    if (IsAnchored(list)) throw model_.Refusal(list, "an anchor or a tag is in what has to be changed");
    const std::size_t column = ColumnOf(text_, list.begin);
    YamlNode added;
    added.kind = YamlNode::Kind::kList;
    for (const auto& [name, change] : parts) {
      const auto is_it = [&name = name](const YamlNode& entry) { return entry.TextOf("name") == name; };
      const auto found = std::find_if(list.children.begin(), list.children.end(), is_it);
      if (found != list.children.end()) {
        ChangeEntry(*found, change, column);
      } else if (change.kind != Kind::kRemove) {
        model_.Apply(added, YamlChange::Entries({{name, change}}));
      }
    }
    if (!added.children.empty())
      Insert(BehindComments(EndOfYaml(text_, list, column), column + 1), FormatYamlBlock(added, column));
  }

  void ChangeEntry(const YamlNode& entry, const YamlChange& change, std::size_t column) {
    YamlNode made = entry;
    model_.Apply(made, change);
    if (change.kind != Kind::kRemove && SameYaml(made, entry)) return;
    if (HasAnchorAliasOrTag(entry)) throw model_.Refusal(entry, "an anchor, alias or tag is in what has to be changed");
    if (change.kind == Kind::kRemove) return RemoveEntry(entry, column);
    if (entry.IsBlock()) return ChangeMap(entry, change.parts);
    RewriteInPlace(entry, made);
  }

  void RemoveMember(const YamlNode& key, const YamlNode& value, std::size_t column) {
    const std::size_t line = LineBegin(text_, key.begin);
    if (key.begin - line != column || text_.substr(line, column).find_first_not_of(' ') != std::string_view::npos)
      throw model_.Refusal(key, key.text + " cannot be removed from here");
    Replace(line, NextLine(text_, EndOfMember(key, value, column)), "");
  }

  void RemoveEntry(const YamlNode& entry, std::size_t column) {
    const std::size_t line = LineBegin(text_, entry.begin);
    const std::string_view before = text_.substr(line, entry.begin - line);
    if (before.size() <= column || before[column] != '-' || before.find_first_not_of(' ') != column)
      throw model_.Refusal(entry, "this entry cannot be removed");
    Replace(line, NextLine(text_, EndOfYaml(text_, entry, column)), "");
  }

  // A flow value, or the whole of a flow entry, as block lines that begin where it began; the comments that were in it
  // follow.
  void RewriteInPlace(const YamlNode& old, const YamlNode& made) {
    const std::size_t column = ColumnOf(text_, old.begin);
    std::vector<std::string> lines = FormatYamlBlock(made, column);
    for (const std::string& comment : CommentsIn(text_, old)) lines.push_back(std::string(column, ' ') + comment);
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? line.substr(column) : eol_ + line);
    Replace(old.begin, EndOfYaml(text_, old, column), text);
  }

  void ReplaceValue(const YamlNode& key, const YamlNode& old, const YamlNode& made, std::size_t column) {
    const std::size_t key_end = EndOfYamlKey(text_, key);
    const std::size_t old_end = EndOfMember(key, old, column);
    const std::string in_line = FormatYamlInline(made);
    const bool is_on_own_lines = old.begin != YamlNode::kNowhere && old.begin >= NextLine(text_, key_end);
    if (is_on_own_lines) {
      Replace(key_end, key_end, in_line);
      Replace(LineBegin(text_, old.begin), NextLine(text_, old_end), "");
    } else {
      Replace(key_end, old_end, in_line);
    }
    if (!in_line.empty() || made.IsNull()) return;
    const std::size_t lines_column = made.IsMap() ? column + 2 : column;
    std::vector<std::string> lines = FormatYamlBlock(made, lines_column);
    if (old.flow) {
      std::vector<std::string> comments = CommentsIn(text_, old);
      for (std::string& comment : comments) comment.insert(0, lines_column, ' ');
      lines.insert(lines.begin(), comments.begin(), comments.end());
    }
    Insert(NextLine(text_, old_end), lines);
  }

  std::size_t EndOfMember(const YamlNode& key, const YamlNode& value, std::size_t column) const {
    return value.begin == YamlNode::kNowhere ? EndOfYamlKey(text_, key) : EndOfYaml(text_, value, column);
  }

  std::size_t BehindMap(const YamlNode& map, std::size_t column) const {
    const std::size_t size = map.children.size();
    return BehindComments(EndOfMember(map.children[size - 2], map.children[size - 1], column), column);
  }

  // The line after `offset` and after the comments that follow at once, from `column` on: they belong to what is above.
  // At the margin they may as well be about what comes next.
  std::size_t BehindComments(std::size_t offset, std::size_t column) const {
    std::size_t line = NextLine(text_, offset);
    while (column > 0 && line < text_.size()) {
      const std::size_t first = text_.find_first_not_of(' ', line);
      if (first == std::string_view::npos || text_[first] != '#' || first - line < column) break;
      line = NextLine(text_, line);
    }
    return line;
  }

  void Insert(std::size_t offset, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + eol_;
    Replace(offset, offset, text);
  }

  void Replace(std::size_t begin, std::size_t end, std::string text) {
    edits_.push_back({begin, end, std::move(text)});
  }

  std::string_view text_;
  Model model_;
  std::string eol_;
  std::vector<Edit> edits_;
};

bool Means(std::string_view text, const YamlNode& expected) {
  try {
    return SameYaml(ReadYaml(text), expected);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

YamlChange YamlChange::Set(YamlNode value) { return {Kind::kSet, std::move(value), {}}; }
YamlChange YamlChange::Set(std::string text) { return Set(YamlString(std::move(text))); }
YamlChange YamlChange::Remove() { return {Kind::kRemove, {}, {}}; }
YamlChange YamlChange::Members(Parts parts) { return {Kind::kMembers, {}, std::move(parts)}; }
YamlChange YamlChange::Entries(Parts parts) { return {Kind::kEntries, {}, std::move(parts)}; }

std::string EditYaml(std::string_view text, const YamlNode& root, const YamlChange& change) {
  const Model model(text);
  if (!root.IsNull() && !root.IsMap()) throw model.Refusal(root, "the file is not a map");
  YamlNode expected = root;
  model.Apply(expected, change);
  if (SameYaml(expected, root)) return std::string(text);

  std::string whole(text);
  if (!whole.empty() && whole.back() != '\n') whole += whole.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  Splicer splicer(whole);
  splicer.ChangeRoot(root, change);
  std::string result = splicer.Result();
  if (!Means(result, expected))
    throw Error(REASON_CONFIGURATION, "the file is written in a way that vouchctl cannot edit safely",
                "make this change by hand");
  return result;
}

}  // namespace vouch
