// How the help of a command looks: at most 80 columns wide, long texts wrapped under their own beginning.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace vouch {

inline constexpr std::size_t kHelpColumns = 80;

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_footer(const CLI::App* app) const override;
};

// `text` in lines of at most `columns` bytes, all but the first of them indented; its paragraphs are set anew. A line that begins
// with a space (an example) or ends with a colon stays as it is. No line end after the last.
std::string WrapText(const std::string& text, std::size_t columns, std::size_t indent);

// What stands after the examples in the footer of a command, and the examples themselves, one a line.
std::string NotesOf(const CLI::App& command);
std::string ExamplesOf(const CLI::App& command);

}  // namespace vouch
