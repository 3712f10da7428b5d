#include "complete.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

#include "commands.h"

namespace vouch {
namespace {

using What = Completion::What;

std::vector<const CLI::App*> VisibleCommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// The documented spelling, which the program `vouch` knows by itself.
struct Credential {
  std::string_view kind, what;
  std::vector<std::pair<std::string_view, std::string_view>> options;
};

const std::vector<Credential>& Credentials() {
  static const std::pair<std::string_view, std::string_view> kRole = {"--role", "The IAM role"},
                                                             kRegion = {"--region", "AWS region"},
                                                             kVia = {"--via", "The management role to go through"},
                                                             kCluster = {"--cluster-name", "Name of the cluster"},
                                                             kAudience = {"--audience", "Its --oidc-client-id"};
  static const std::vector<Credential> kAll = {
      {"aws", "Credentials of a role, for credential_process", {kRole, kRegion, kVia}},
      {"eks", "A token for an Amazon EKS cluster, for kubectl", {kCluster, kRole, kRegion, kVia}},
      {"k8s", "A token for a cluster that trusts the Vouch server, for kubectl", {kCluster, kAudience}}};
  return kAll;
}

Completion CompleteCredential(const std::vector<std::string>& words, const CompletionWorld& world) {
  Completion result;
  const auto& all = Credentials();
  if (words.size() == 3) {
    for (const Credential& one : all) result.candidates.push_back({std::string(one.kind), std::string(one.what)});
    return result;
  }
  const auto found = std::find_if(all.begin(), all.end(), [&](const Credential& one) { return one.kind == words[2]; });
  if (found == all.end()) return result;
  if (words.size() > 4 && words[words.size() - 2].starts_with("--")) {
    const std::string& option = words[words.size() - 2];
    return ValuesOf("credential", option == "--cluster-name" ? "--cluster" : std::string_view(option), world);
  }
  for (const auto& [option, what] : found->options)
    if (std::find(words.begin(), words.end(), option) == words.end())
      result.candidates.push_back({std::string(option), std::string(what)});
  return result;
}

// Goes through the words that are there already, and knows then what may follow.
class Line {
 public:
  Line(const CLI::App& app, const CompletionWorld& world) : command_(&app), world_(world) {}

  Completion Complete(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (words[i] == "--" && path_ == "exec") return {What::kCommand, i + 1, {}};
      Take(words[i]);
    }
    return Next(words.back());
  }

 private:
  static bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

  const CLI::Option* Find(const std::string& name) const {
    const CLI::Option* option = command_->get_option_no_throw(name);
    return option == nullptr || option->get_positional() ? nullptr : option;
  }

  void Take(const std::string& word) {
    if (open_ != nullptr) {
      open_ = nullptr;
    } else if (word.starts_with('-')) {
      const CLI::Option* option = Find(word.substr(0, word.find('=')));
      if (option == nullptr) return;
      used_.insert(option);
      if (TakesValue(*option) && word.find('=') == std::string::npos) open_ = option;
    } else if (const CLI::App* below = Command(word); below != nullptr) {
      command_ = below;
      path_ += (path_.empty() ? "" : " ") + word;
      used_.clear();
    } else {
      ++arguments_;
    }
  }

  const CLI::App* Command(const std::string& word) const {
    for (const CLI::App* below : VisibleCommands(*command_))
      if (below->get_name() == word) return below;
    return nullptr;
  }

  Completion Next(const std::string& word) const {
    if (open_ != nullptr) return ValuesOf(path_, "--" + open_->get_lnames().front(), world_);
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) return NextValue(word.substr(0, equals));
    if (word.starts_with('-')) return {What::kWords, 0, Options()};
    Completion result = ArgumentsOf(path_, arguments_, world_);
    for (const CLI::App* below : VisibleCommands(*command_))
      result.candidates.push_back({below->get_name(), below->get_description()});
    if (result.what == What::kWords && result.candidates.empty()) result.candidates = Options();
    return result;
  }

  Completion NextValue(const std::string& name) const {
    const CLI::Option* option = Find(name);
    if (option == nullptr || !TakesValue(*option)) return {};
    Completion result = ValuesOf(path_, name, world_);
    for (Candidate& candidate : result.candidates) candidate.text.insert(0, name + "=");
    return result;
  }

  bool IsStillPossible(const CLI::Option& option) const {
    const bool may_repeat = option.get_items_expected_max() > 1;
    if (used_.contains(&option) && !may_repeat) return false;
    const auto excluded = option.get_excludes();
    return std::none_of(excluded.begin(), excluded.end(), [&](const CLI::Option* other) { return used_.contains(other); });
  }

  std::vector<Candidate> Options() const {
    std::vector<Candidate> options;
    for (const CLI::Option* option : command_->get_options())
      if (!option->get_lnames().empty() && !option->get_group().empty() && IsStillPossible(*option))
        options.push_back({"--" + option->get_lnames().front(), option->get_description()});
    return options;
  }

  const CLI::App* command_;
  const CompletionWorld& world_;
  std::string path_;
  const CLI::Option* open_ = nullptr;  // whose value comes next
  std::set<const CLI::Option*> used_;
  std::size_t arguments_ = 0;
};

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Completion Complete(const std::vector<std::string>& words, const CompletionWorld& world) {
  if (words.size() < 2) return {};
  const bool is_vouch = words.front().substr(words.front().rfind('/') + 1) == "vouch";
  if (is_vouch && words.size() > 2 && words[1] == "credential") return CompleteCredential(words, world);
  CommandLine line;
  const Commands commands(line);
  Completion result = Line(commands.app, world).Complete(words);
  if (is_vouch && words.size() == 2 && !words[1].starts_with('-'))
    result.candidates.push_back({"credential", "Print credentials for other programs"});
  return result;
}

void RunComplete(const std::vector<std::string>& words, const CompletionWorld& world, std::ostream& out) {
  const Completion completion = Complete(words, world);
  if (completion.what == What::kCommand) out << "command " << completion.command << "\n";
  if (completion.what == What::kFiles) out << "files\n";
  if (completion.what == What::kWords) out << "words\n";
  std::set<std::string_view> told;
  for (const auto& [text, description] : completion.candidates)
    if (!text.empty() && IsPlain(text) && told.insert(text).second) out << text << "\t" << Printable(description) << "\n";
  out << std::flush;
}

}  // namespace vouch
