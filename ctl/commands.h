// The commands of vouchctl with their flags, help and examples, as CLI11 knows them: read by the command line, by the
// completions and by the manual pages. Only these include it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"

namespace vouch {

// The command that was chosen, as deep as the person went: "keys remove". Empty for none.
std::string NameOf(const CLI::App& app);

// The command that was chosen, itself.
const CLI::App& Innermost(const CLI::App& app);

// A command that consists of others, or the program itself.
bool IsGroup(const CLI::App& app);

// The commands, each with its options written into a CommandLine, which must outlive it.
class Commands {
 public:
  explicit Commands(CommandLine& line);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // Whether the command does something by itself, be it a group or not.
  bool IsCommand(const CLI::App& command) const;

  // To be called after parsing.
  void Finish();

  CLI::App app{"Logs in with a FIDO2 security key and shows what the vouchd agent holds.", "vouchctl"};

 private:
  using Command = CommandLine::Command;

  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example);
  CLI::App* Add(CLI::App& parent, Command value, const std::string& name, const std::string& what,
                const std::string& example);

  void AddServer(CLI::App* command);
  void AddTimeout(CLI::App* command, int& seconds, int max, const std::string& what);
  void AddKeyTimeout(CLI::App* command);
  void AddName(CLI::App* command);
  void AddKeyChoice(CLI::App* command);
  void AddRole(CLI::App* command);

  void AddSession();
  void AddStatus();
  void AddStatusFormats(CLI::App& status);
  void AddDoctor();
  void AddKeys();
  void AddRest();

  // commands_guard.cpp
  void AddGuard();

  // commands_shell.cpp
  void AddShell();
  void FinishStatus();

  // commands_aws.cpp
  void AddSetup();
  void AddSetupAws(CLI::App& setup);
  void AddSetupEks(CLI::App& setup);
  void AddSetupK8s(CLI::App& setup);
  void AddEks();
  void AddExec();
  void AddConsole();

  CommandLine& line_;
  int key_timeout_;
  int browser_timeout_ = 0;  // as long as the code is good
  std::vector<std::pair<const CLI::App*, Command>> leaves_;
};

// An option with a text for a value; `kind` is what the help calls it.
void AddText(CLI::App* command, const std::string& flag, std::string& value, const std::string& what,
             const std::string& kind);

}  // namespace vouch
