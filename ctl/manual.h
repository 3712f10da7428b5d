// The manual pages of vouchctl, made from its commands; what needs more words comes from ctl/man. Used when the program is built
// (manual_main.cpp). Text in, text out.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace vouch {

struct ManualEdition {
  std::string date;     // 2026-11-24
  std::string version;  // of the program
};

struct ManualPage {
  std::string name;  // "vouchctl-setup-aws", of section 1
  std::string text;  // in the man(7) macros
};

// One page for the program and one for each command and each group of commands. `prose` gives what was written by hand for a page
// of that name: lines for DESCRIPTION, then sections of its own; it may be empty.
std::vector<ManualPage> ManualPages(const CLI::App& app, const ManualEdition& edition,
                                    const std::function<std::string(const std::string& name)>& prose);

// A page that was written by hand: @DATE@, @VERSION@ and @EXIT_STATUS@ replaced.
std::string FilledManualPage(std::string text, const ManualEdition& edition, const std::string& exit_status);

// `text` as text of a page: what the macros would take for their own is escaped.
std::string RoffText(const std::string& text);

}  // namespace vouch
