#include "manual.h"

#include <sstream>

#include "help_format.h"

namespace vouch {
namespace {

// The commands that a person sees.
std::vector<const CLI::App*> Below(const CLI::App& group) {
  return group.get_subcommands([](const CLI::App* one) { return !one->get_group().empty() && !one->get_name().empty(); });
}

bool AsksTheAgent(const std::string& command) {
  for (const char* alone : {"init", "completions", "help", "audit", "setup aws", "setup k8s"})
    if (command == std::string("vouchctl ") + alone) return false;
  return true;
}

std::string PageName(const std::string& command) {
  std::string name = command;
  for (char& c : name)
    if (c == ' ') c = '-';
  return name;
}

std::string Upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string Bold(const std::string& text) { return "\\fB" + RoffText(text) + "\\fP"; }
std::string Italic(const std::string& text) { return "\\fI" + RoffText(text) + "\\fP"; }

// "ARN", "[NAME]"; empty for a flag.
std::string ValueOf(const CLI::Option& option) {
  if (!option.get_option_text().empty()) return option.get_option_text();
  return option.get_type_size() == 0 ? "" : option.get_type_name();
}

std::string NameOfOption(const CLI::Option& option) {
  const std::string value = ValueOf(option);
  if (option.get_positional()) return Italic(value);
  std::string names;
  for (const std::string& one : option.get_snames()) names += (names.empty() ? "" : ", ") + Bold("-" + one);
  for (const std::string& one : option.get_lnames()) names += (names.empty() ? "" : ", ") + Bold("--" + one);
  return names + (value.empty() ? "" : " " + Italic(value));
}

// As WrapText's lines: one for each line of the text, never beginning with what a macro begins with.
std::string Paragraphs(const std::string& text) {
  std::istringstream lines(text);
  std::string roff;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) roff += ".PP\n";
    else if (line.starts_with(' ')) roff += ".br\n" + RoffText(line.substr(line.find_first_not_of(' '))) + "\n";
    else roff += RoffText(line) + "\n";
  }
  return roff;
}

std::string Literal(const std::string& text) {
  std::istringstream lines(text);
  std::string roff = ".RS 4\n.nf\n";
  for (std::string line; std::getline(lines, line);) roff += RoffText(line) + "\n";
  return roff + ".fi\n.RE\n";
}

class Page {
 public:
  Page(const CLI::App& command, std::string name, const ManualEdition& edition, const std::string& prose)
      : command_(command), name_(std::move(name)), edition_(edition), prose_(prose) {}

  ManualPage Make(const std::string& see_also) {
    const std::string title = PageName(name_);
    text_ = ".TH " + RoffText(Upper(title)) + " 1 " + edition_.date + " \"vouchd " + edition_.version + "\" \"Vouch for AWS and Kubernetes\"\n";
    Section("NAME", RoffText(title) + " \\- " + RoffText(What()) + "\n");
    Section("SYNOPSIS", Synopsis());
    const std::size_t sections = prose_.starts_with(".SH") ? 0 : std::min(prose_.find("\n.SH") + 1, prose_.size());
    const bool has_sections = prose_.starts_with(".SH") || sections > 0;
    Section("DESCRIPTION", Description(has_sections ? prose_.substr(0, sections) : prose_));
    Section("COMMANDS", CommandList());
    Section("OPTIONS", OptionList());
    if (has_sections) text_ += prose_.substr(sections);
    if (prose_.find(".SH \"EXIT STATUS\"") == std::string::npos) Section("EXIT STATUS", "0 when it is done, else as\n.BR vouchctl (1)\nsays.\n");
    Section("ENVIRONMENT", Environment());
    const std::string examples = ExamplesOf(command_);
    if (!examples.empty()) Section("EXAMPLES", Literal(examples));
    Section("SEE ALSO", see_also);
    return {title, text_};
  }

 private:
  void Section(const std::string& heading, const std::string& body) {
    if (body.empty()) return;
    text_ += ".SH " + (heading.find(' ') == std::string::npos ? heading : "\"" + heading + "\"") + "\n" + body;
  }

  // Without the full stop that some have.
  std::string What() const {
    const std::string what = command_.get_description();
    return what.ends_with('.') ? what.substr(0, what.size() - 1) : what;
  }

  std::string Synopsis() const {
    std::string line = Bold(name_) + "\n";
    for (const CLI::Option* option : Options()) {
      const std::string name = NameOfOption(*option);
      line += (option->get_required() ? name : "[" + name + "]") + "\n";
    }
    if (!Below(command_).empty()) line += Italic("COMMAND") + "\n";
    return line;
  }

  std::string Description(const std::string& prose) const {
    std::string body = RoffText(What()) + ".\n";
    if (command_.get_parent() != nullptr && !NotesOf(command_).empty()) body += ".PP\n" + Paragraphs(NotesOf(command_));
    return prose.empty() ? body : body + ".PP\n" + prose;
  }

  std::string CommandList() const {
    std::string list;
    for (const CLI::App* one : Below(command_))
      list += ".TP\n.BR " + RoffText(PageName(name_ + " " + one->get_name())) + " (1)\n" + RoffText(one->get_description()) + "\n";
    return list;
  }

  std::string OptionList() const {
    std::string list;
    for (const CLI::Option* option : Options())
      list += ".TP\n" + NameOfOption(*option) + "\n" + RoffText(option->get_description()) + (option->get_required() ? " (required)" : "") + "\n";
    return list;
  }

  std::string Environment() const {
    std::string list;
    const auto add = [&](const std::string& name, const std::string& what) { list += ".TP\n" + Bold(name) + "\n" + RoffText(what) + "\n"; };
    const auto has = [&](const char* option) { return command_.get_option_no_throw(option) != nullptr; };
    if (has("--server") && !name_.ends_with("k8s")) add("VOUCH_SERVER", "The Vouch server, where --server does not name one.");
    if (has("--profile") && name_ != "vouchctl setup aws") add("AWS_PROFILE", "The profile, where neither --profile nor --role says which role is meant.");
    if (has("--region") && name_ != "vouchctl setup aws") add("AWS_REGION, AWS_DEFAULT_REGION", "The region, where nothing else names one.");
    if (has("--kubeconfig")) add("KUBECONFIG", "The files that kubectl reads.");
    if (has("--profile") || name_.find("setup") != std::string::npos) add("AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "Instead of ~/.aws/config and ~/.aws/credentials.");
    if (name_.ends_with(" init") || name_.ends_with(" completions")) add("SHELL", "The shell that is meant, where none is named.");
    if (name_.ends_with(" help")) add("MANPAGER, PAGER", "What man shows the page with.");
    if (name_.ends_with(" audit")) add("XDG_STATE_HOME", "Where the log is, in the folder vouch (default: ~/.local/state).");
    if (AsksTheAgent(name_)) add("VOUCH_SOCKET", "Where the agent listens (default: $XDG_RUNTIME_DIR/vouch/vouchd.sock).");
    return list;
  }

  // Those that are for people; --help of a command goes without saying.
  std::vector<const CLI::Option*> Options() const {
    return command_.get_options([this](const CLI::Option* option) {
      return !option->get_group().empty() && (option != command_.get_help_ptr() || command_.get_parent() == nullptr);
    });
  }

  const CLI::App& command_;
  const std::string name_;
  const ManualEdition& edition_;
  const std::string& prose_;
  std::string text_;
};

std::string Reference(const std::string& page, int section) { return ".BR " + RoffText(page) + " (" + std::to_string(section) + ")"; }

std::string SeeAlso(const std::string& name, const CLI::App& command) {
  std::vector<std::string> all;
  if (const std::size_t space = name.rfind(' '); space != std::string::npos) all.push_back(Reference(PageName(name.substr(0, space)), 1));
  if (command.get_parent() != nullptr && command.get_parent()->get_parent() != nullptr)
    for (const CLI::App* one : Below(*command.get_parent()))
      if (one != &command) all.push_back(Reference(PageName(name.substr(0, name.rfind(' ')) + " " + one->get_name()), 1));
  all.push_back(Reference("vouchd", 1));
  all.push_back(Reference("vouchd.toml", 5));
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += all[i] + (i + 1 < all.size() ? " ,\n" : "\n");
  return text;
}

void Collect(const CLI::App& command, const std::string& name, const ManualEdition& edition,
             const std::function<std::string(const std::string&)>& prose, std::vector<ManualPage>& pages) {
  const std::string words = prose(PageName(name));
  pages.push_back(Page(command, name, edition, words).Make(SeeAlso(name, command)));
  for (const CLI::App* one : Below(command)) Collect(*one, name + " " + one->get_name(), edition, prose, pages);
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

}  // namespace

std::string RoffText(const std::string& text) {
  std::string roff;
  for (const char c : text) {
    const bool at_begin = roff.empty() || roff.back() == '\n';
    if (at_begin && (c == '.' || c == '\'')) roff += "\\&";
    if (c == '\\') roff += "\\e";
    else if (c == '-') roff += "\\-";
    else if (c == '\'') roff += "\\(aq";
    else if (c == '`') roff += "\\(ga";
    else if (c == '~') roff += "\\(ti";
    else if (c == '^') roff += "\\(ha";
    else roff += c;
  }
  return roff;
}

std::vector<ManualPage> ManualPages(const CLI::App& app, const ManualEdition& edition,
                                    const std::function<std::string(const std::string& name)>& prose) {
  std::vector<ManualPage> pages;
  Collect(app, app.get_name(), edition, prose, pages);
  return pages;
}

std::string FilledManualPage(std::string text, const ManualEdition& edition, const std::string& exit_status) {
  ReplaceAll(text, "@DATE@", edition.date);
  ReplaceAll(text, "@VERSION@", edition.version);
  ReplaceAll(text, "@EXIT_STATUS@\n", exit_status);
  return text;
}

}  // namespace vouch
