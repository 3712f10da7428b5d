#include "help_format.h"

#include <algorithm>
#include <sstream>

namespace vouch {
namespace {

constexpr std::size_t kNameColumns = 26;
constexpr std::string_view kExample = "Example:\n";

std::string WrapLine(const std::string& line, std::size_t columns, std::size_t indent) {
  std::istringstream words(line);
  std::string wrapped;
  std::size_t width = 0;
  for (std::string word; words >> word;) {
    const bool fits = width + (width > 0 ? 1 : 0) + word.size() <= columns;
    if (width > 0 && !fits) {
      wrapped += "\n" + std::string(indent, ' ');
      width = 0;
    }
    wrapped += (width > 0 ? " " : "") + word;
    width += (width > 0 ? 1 : 0) + word.size();
  }
  return wrapped;
}

// A name and what it is, in two columns.
std::string Entry(const std::string& name, const std::string& what) {
  std::string line = "  " + name;
  line += line.size() + 2 > kNameColumns ? "\n" + std::string(kNameColumns, ' ') : std::string(kNameColumns - line.size(), ' ');
  return line + WrapText(what, kHelpColumns - kNameColumns, kNameColumns) + "\n";
}

std::size_t EndOfExamples(const std::string& footer) { return std::min(footer.find("\n\n"), footer.size()); }

}  // namespace

std::string WrapText(const std::string& text, std::size_t columns, std::size_t indent) {
  std::istringstream lines(text);
  std::string wrapped, paragraph;
  const auto end = [&](const std::string& more) {
    if (!paragraph.empty()) wrapped += WrapLine(paragraph, columns, indent) + "\n" + std::string(indent, ' ');
    paragraph.clear();
    wrapped += more;
  };
  for (std::string line; std::getline(lines, line);) {
    const bool stands = line.empty() || line.starts_with(' ') || line.ends_with(':');
    if (stands) end(line + "\n" + std::string(line.empty() ? 0 : indent, ' '));
    else paragraph += (paragraph.empty() ? "" : " ") + line;
  }
  end("");
  wrapped.erase(wrapped.find_last_not_of(" \n") + 1);
  return wrapped;
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return WrapText(app->get_description(), kHelpColumns, 0) + "\n";
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const std::string required = option->get_required() ? " (required)" : "";
  return Entry(make_option_name(option, is_positional) + make_option_opts(option), make_option_desc(option) + required);
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return Entry(command->get_display_name(true), command->get_description());
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  return WrapText(app->get_footer(), kHelpColumns, 0) + "\n";
}

std::string ExamplesOf(const CLI::App& command) {
  const std::string footer = command.get_footer();
  if (!footer.starts_with(kExample)) return "";
  std::istringstream lines(footer.substr(kExample.size(), EndOfExamples(footer) - kExample.size()));
  std::string examples;
  for (std::string line; std::getline(lines, line);) examples += (line.starts_with("  ") ? line.substr(2) : line) + "\n";
  return examples;
}

std::string NotesOf(const CLI::App& command) {
  const std::string footer = command.get_footer();
  const std::size_t end = footer.starts_with(kExample) ? EndOfExamples(footer) : 0;
  return end + 2 <= footer.size() ? footer.substr(end + (end > 0 ? 2 : 0)) : "";
}

}  // namespace vouch
