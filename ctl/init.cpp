#include "init.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <scripts.h>  // made of ctl/shell by CMake

#include "error.h"

namespace vouch {
namespace {

struct Shell {
  std::string_view name;
  std::string_view init;
  std::string_view completions;
};

constexpr std::array kShells = {Shell{"bash", kInitBash, kCompletionsBash}, Shell{"zsh", kInitZsh, kCompletionsZsh},
                                Shell{"fish", kInitFish, kCompletionsFish}};

const Shell* Find(std::string_view name) {
  const auto* const found = std::find_if(kShells.begin(), kShells.end(), [&](const Shell& s) { return s.name == name; });
  return found == kShells.end() ? nullptr : found;
}

const Shell& Require(const std::string& typed, const std::string& login_shell, const std::string& command) {
  const std::string remedy = "type vouchctl " + command + " bash, zsh or fish";
  if (const Shell* shell = Find(typed); shell != nullptr) return *shell;
  if (!typed.empty()) throw Error(REASON_CONFIGURATION, "there is nothing for the shell " + Printable(typed), remedy);
  if (const Shell* shell = Find(login_shell.substr(login_shell.rfind('/') + 1)); shell != nullptr) return *shell;
  throw Error(REASON_CONFIGURATION, "SHELL does not tell which shell is meant", remedy);
}

// `text` with every `mark` replaced.
std::string Replaced(std::string_view text, std::string_view mark, std::string_view with) {
  std::string result;
  for (std::size_t at = 0; (at = text.find(mark)) != std::string_view::npos; text.remove_prefix(at + mark.size()))
    result.append(text.substr(0, at)).append(with);
  return result.append(text);
}

}  // namespace

void RunInit(const std::string& shell, const std::string& login_shell, const std::string& program, std::ostream& out) {
  const Shell& chosen = Require(shell, login_shell, "init");
  const std::string hook = Replaced(chosen.init, "@VOUCHCTL@", QuoteForShells(program));
  out << Replaced(hook, "@COMPLETIONS@\n", chosen.completions) << std::flush;
}

void RunCompletions(const std::string& shell, const std::string& login_shell, std::ostream& out) {
  out << Require(shell, login_shell, "completions").completions << std::flush;
}

// In quotes but for quotes and backslashes themselves: fish takes a backslash in quotes for an escape, sh does not.
std::string QuoteForShells(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text)
    if (character == '\'' || character == '\\')
      quoted += std::string("'\\") + character + "'";
    else
      quoted += character;
  return quoted + "'";
}

}  // namespace vouch
