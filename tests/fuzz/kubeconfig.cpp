// A kubeconfig that somebody else wrote. Whatever is in it, an edit means exactly the change, leaves other entries and lines as they
// were, and made twice is made once. The first letter chooses: e all entries, c the current context alone, u one user by itself, v a
// conversion and its way back.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "error.h"
#include "fuzz.h"
#include "kubeconfig.h"
#include "kubeconfig_users.h"
#include "yaml_tree.h"

namespace {

using namespace vouch;
using fuzz::Promise;

const std::string kName = "vouch-eks-prod";
const std::string kCommand = "/usr/bin/vouch-exec-credential";

KubeExec Exec() { return EksExec(kCommand, "prod", "eu-central-1", "arn:aws:iam::123456789012:role/R"); }

// Entries of the list `section` that have another name, in their order.
std::vector<const YamlNode*> Others(const YamlNode& root, const char* section) {
  std::vector<const YamlNode*> others;
  const YamlNode* list = root.Find(section);
  if (list == nullptr || !list->IsList()) return others;
  for (const YamlNode& entry : list->children)
    if (entry.TextOf("name") != kName) others.push_back(&entry);
  return others;
}

void CheckOthers(const YamlNode& before, const YamlNode& after) {
  for (const char* section : {"clusters", "contexts", "users"}) {
    const auto old = Others(before, section), now = Others(after, section);
    Promise(std::equal(old.begin(), old.end(), now.begin(), now.end(), [](const auto* a, const auto* b) { return SameYaml(*a, *b); }),
            "other entries stay as they were");
  }
}

void Edit(std::string_view text) {
  KubeconfigChange change;
  change.cluster = KubeCluster{kName, "https://ABC.eks.amazonaws.com", "QUJD"};
  change.user = KubeUser{kName, Exec()};
  change.context = KubeContext{kName, kName, kName};
  change.current_context = kName;
  const std::string after = EditKubeconfig(text, change);
  const Kubeconfig config = ReadKubeconfig(after);
  const KubeCluster* cluster = config.FindCluster(kName);
  const KubeContext* context = config.FindContext(kName);
  const KubeUser* user = config.FindCommand(kName);
  Promise(cluster != nullptr && cluster->server == change.cluster->server, "the cluster is there");
  Promise(context != nullptr && context->cluster == kName && context->user == kName, "the context is there");
  Promise(user != nullptr && user->exec.command == kCommand && user->exec.args == change.user->exec.args, "the user is there");
  Promise(config.current_context == kName, "the current context is chosen");
  CheckOthers(ReadYaml(text), ReadYaml(after));
  Promise(EditKubeconfig(after, change) == after, "an edit made twice is made once");
}

const YamlNode* KeyOfCurrent(const YamlNode& root) {
  for (std::size_t i = 0; i + 1 < root.children.size(); i += 2)
    if (root.children[i].IsScalar() && root.children[i].text == "current-context") return &root.children[i];
  return nullptr;
}

// Whether its value ends on the line on which it begins; a quoted one may go on without that it shows in the tree.
bool IsOnOneLine(std::string_view text, const YamlNode& key, const YamlNode& value) {
  if (value.begin == YamlNode::kNowhere) return true;
  if (!value.plain || LineOf(text, key.begin) != LineOf(text, value.begin)) return false;
  return text.substr(value.begin).starts_with(value.text);
}

// The lines of a file but the one with the key of the current context.
std::vector<std::string> OtherLines(std::string text, const YamlNode& root) {
  if (!text.ends_with('\n')) text += text.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  std::vector<std::string> lines;
  for (std::string_view rest = text; !rest.empty();) lines.emplace_back(fuzz::TakeUntil(rest, "\n"));
  if (const YamlNode* key = KeyOfCurrent(root); key != nullptr)
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(LineOf(text, key->begin)) - 1);
  return lines;
}

bool AreAmong(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  auto at = all.begin();
  for (const std::string& line : some) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

void Choose(std::string_view text) {
  const YamlNode before = ReadYaml(text);
  KubeconfigChange change;
  change.current_context = kName;
  const std::string after = EditKubeconfig(text, change);
  Promise(ReadKubeconfig(after).current_context == kName, "the current context is chosen");
  if (!before.IsBlock()) return;
  const std::vector<std::string> old = OtherLines(std::string(text), before), now = OtherLines(after, ReadYaml(after));
  Promise(AreAmong(now, old), "no other line is made or changed");
  const YamlNode* key = KeyOfCurrent(before);
  if (key == nullptr || IsOnOneLine(text, *key, *(key + 1))) Promise(now == old, "every other line stays byte for byte");
}

void OneUser(std::string_view text) {
  KubeconfigUsers users{std::string(text)};
  Promise(users.Text() == text, "what nobody changes stays byte for byte");
  const auto entry = users.Find(kName);
  if (!entry) return;
  users.Replace(kName, *entry);
  Promise(users.Text() == text, "an entry put back is the same text");
}

void Convert(std::string_view text) {
  const Kubeconfig before = ReadKubeconfig(text);
  if (before.FindEksUser(kName) == nullptr) return;
  const std::string ours = ConvertUserToVouch(text, kName, Exec());
  CheckOthers(ReadYaml(text), ReadYaml(ours));
  const KubeUser* user = nullptr;
  const Kubeconfig now = ReadKubeconfig(ours);
  user = now.FindCommand(kName);
  Promise(user != nullptr && user->exec.command == kCommand, "a converted user runs ours");
  if (before.FindEksUser(kName)->tool == EksTool::kVouch) return;  // there is no way back to what it was not
  Promise(SameYaml(ReadYaml(ConvertUserFromVouch(ours, kName, "")), ReadYaml(text)), "the way back leads where it was");
}

void Read(char choice, std::string_view text) {
  switch (choice) {
    case 'e': return Edit(text);
    case 'c': return Choose(text);
    case 'u': return OneUser(text);
    case 'v': return Convert(text);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  fuzz::TakeUntil(text, "\n");
  try {
    Read(choice, text);
  } catch (const Error& error) {
    Promise(error.reason() == REASON_CONFIGURATION || error.reason() == REASON_NOT_FOUND, "what is refused is said to be wrongly set");
  }
  return 0;
}
