// The command line of a shim: flags with one value each, `--flag value` or `--flag=value`. Used by credential_process
// and exec_credential; judges the form only, the values are judged by the agent.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

using Words = std::span<const char* const>;

// The words after the program's name; `argc` may be 0.
Words WordsOf(int argc, const char* const* argv);

struct FlagName {
  std::string_view name;      // with its dashes
  std::string_view alias{};  // another spelling, may be empty
};

class Arguments {
 public:
  // Throws Failure REASON_CONFIGURATION for an unknown flag, a missing value, a repeated flag, a word that is no flag.
  // `command` is named in its remedy. --help, -h and --version end the parsing.
  Arguments(std::string_view command, std::span<const FlagName> known, Words words);

  bool asks_for_help() const { return help_; }
  bool asks_for_version() const { return version_; }

  // Valid UTF-8; empty when the flag was not given, or given with an empty value.
  std::string Get(std::string_view name) const;
  // The same; empty is a Failure REASON_CONFIGURATION.
  std::string Require(std::string_view name) const;

 private:
  struct Given {
    std::string_view name;
    std::string_view value;
  };

  [[noreturn]] void Refuse(std::string message) const;
  std::string_view CanonicalName(std::span<const FlagName> known, std::string_view word) const;
  void Add(std::string_view name, std::string_view value);

  std::string_view command_;
  bool help_ = false;
  bool version_ = false;
  std::vector<Given> given_;
};

}  // namespace vouch
