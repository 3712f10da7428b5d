// The line that a failing shim writes on stderr, and its exit code. Called once by each program, at its end.
#pragma once

#include <string>
#include <string_view>

#include "failure.h"

namespace vouch {

// How a program is called in what it says: `name` starts its errors ("vouch"), `command` is what to type before --help
// ("vouch credential aws"). Both are literals.
struct Program {
  std::string_view name;
  std::string_view command;
};

// SDKs log stderr and some read it only after stdout: one line, newline included, never longer than this.
inline constexpr std::size_t kMaxReportBytes = 200;

// "<program>: <message>; <remedy>\n", without control characters, at most kMaxReportBytes; a long message gives way
// before the remedy does.
std::string ReportLine(std::string_view program, const Failure& failure);

// `text` for a terminal: valid UTF-8 without line breaks and escape sequences.
std::string OneLine(std::string_view text);

// Writes that line in one write and gives the exit code that goes with the reason. Never throws.
int Report(const Program& program, const Failure& failure) noexcept;

// Runs `body`, which gives an exit code or throws, with SIGPIPE ignored (a reader that went away is an error of write).
// Never throws: anything that is not a Failure is reported as REASON_INTERNAL.
int RunGuarded(const Program& program, int (*body)(const Program&, const void*), const void* context) noexcept;

template <class Body>
int RunGuarded(const Program& program, const Body& body) noexcept {
  return RunGuarded(
      program, [](const Program& p, const void* context) { return (*static_cast<const Body*>(context))(p); }, &body);
}

}  // namespace vouch
