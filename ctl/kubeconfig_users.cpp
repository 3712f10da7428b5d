#include "kubeconfig_users.h"

#include <algorithm>
#include <set>
#include <utility>

#include "error.h"
#include "yaml_text.h"

namespace vouch {
namespace {

constexpr const char* kUsers = "users";

Error CannotEdit() {
  return Error(REASON_CONFIGURATION, "the file is written in a way that vouchctl cannot edit safely",
               "make this change by hand");
}

// Where the member behind that of `value` begins, or the text ends.
std::size_t EndOfSection(const YamlNode& root, const YamlNode& value, std::string_view text) {
  for (std::size_t i = 0; i + 3 < root.children.size(); i += 2)
    if (&root.children[i + 1] == &value) return LineBegin(text, root.children[i + 2].begin);
  return text.size();
}

// "- " with blanks around it.
bool IsDash(std::string_view before) {
  const std::size_t dash = before.find_first_not_of(' ');
  return dash != std::string_view::npos && before[dash] == '-' &&
         before.find_first_not_of(' ', dash + 1) == std::string_view::npos;
}

}  // namespace

KubeconfigUsers::KubeconfigUsers(std::string text) : text_(std::move(text)), root_(ReadYaml(text_)) {
  const std::size_t first_end = text_.find('\n');
  const bool crlf = first_end != std::string::npos && first_end > 0 && text_[first_end - 1] == '\r';
  head_ = std::string(kUsers) + (crlf ? ":\r\n" : ":\n");
  const YamlNode* list = root_.Find(kUsers);
  if (list != nullptr && list->IsList() && list->IsBlock() && !root_.flow && !HasAnchorAliasOrTag(*list))
    CutOut(*list, EndOfSection(root_, *list, text_));
}

void KubeconfigUsers::CutOut(const YamlNode& list, std::size_t end) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const YamlNode& entry = list.children[i];
    const std::string name(entry.TextOf("name"));
    if (name.empty() || entry.begin == YamlNode::kNowhere) continue;
    if (!names.insert(name).second) return entries_.clear();
    const std::size_t begin = LineBegin(text_, entry.begin);
    const bool is_last = i + 1 == list.children.size();
    if (!is_last && list.children[i + 1].begin == YamlNode::kNowhere) continue;  // where this one ends, nobody knows
    const std::size_t entry_end = is_last ? end : LineBegin(text_, std::min(list.children[i + 1].begin, end));
    if (!IsDash(std::string_view(text_).substr(begin, entry.begin - begin)) || entry_end <= begin) continue;
    entries_.emplace(name, Entry{begin, entry_end, i, {}});
  }
}

std::optional<std::string> KubeconfigUsers::Find(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return head_ + entry.replaced_by.value_or(text_.substr(entry.begin, entry.end - entry.begin));
}

void KubeconfigUsers::Replace(const std::string& name, const std::string& entry) {
  const auto found = entries_.find(name);
  if (found == entries_.end() || !entry.starts_with(head_)) throw CannotEdit();
  found->second.replaced_by = entry.substr(head_.size());
}

std::string KubeconfigUsers::Text() const {
  std::map<std::size_t, const Entry*> in_order;
  for (const auto& [name, entry] : entries_)
    if (entry.replaced_by) in_order.emplace(entry.begin, &entry);
  if (in_order.empty()) return text_;

  YamlNode expected = root_;
  std::string text;
  std::size_t done = 0;
  for (const auto& [begin, entry] : in_order) {
    text.append(text_, done, begin - done).append(*entry->replaced_by);
    done = entry->end;
    const YamlNode alone = ReadYaml(head_ + *entry->replaced_by);
    expected.Find(kUsers)->children[entry->index] = alone.Find(kUsers)->children.at(0);
  }
  text.append(text_, done);
  if (!SameYaml(ReadYaml(text), expected)) throw CannotEdit();
  return text;
}

}  // namespace vouch
