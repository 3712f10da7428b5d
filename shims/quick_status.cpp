#include "quick_status.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent_call.h"
#include "output.h"
#include "status_line.h"
#include "utf8.h"

namespace vouch {
namespace {

using namespace std::string_view_literals;

// A prompt that waits longer feels broken; the agent answers in a millisecond.
constexpr CallLimits kLimits{std::chrono::milliseconds(250), {4 * 1024 * 1024}};

constexpr std::array kFlags = {FlagName{"--format"}, FlagName{"--server"}};

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Question {
  bool short_line = false;
  std::string server;
};

Question Read(Words words) {
  constexpr std::string_view kCommand = "vouchctl status";
  Question question;
  std::vector<const char*> flags;
  for (const char* word : words.subspan(1)) {
    if (word == "--short"sv) {
      question.short_line = true;
    } else {
      flags.push_back(word);
    }
  }
  const Arguments arguments(kCommand, kFlags, flags);
  const std::string format = arguments.Get("--format");
  if (question.short_line && !format.empty()) {
    throw Failure(REASON_CONFIGURATION, "--short and --format exclude each other", "see vouchctl status --help");
  }
  question.server = arguments.Get("--server");
  const char* variable = std::getenv("VOUCH_SERVER");
  if (question.server.empty() && variable != nullptr) question.server = ReplaceInvalidUtf8(variable);
  return question;
}

int Answer(const Question& question) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(question.server);
  GetStatusResponse status;
  try {
    CallAgent("GetStatus", request, status, kLimits);
  } catch (const Failure& failure) {
    // What is asked needs no network, so REASON_UNREACHABLE is an agent that hangs.
    const bool no_answer = failure.reason() == REASON_AGENT_UNREACHABLE || failure.reason() == REASON_UNREACHABLE;
    if (!question.short_line) WriteOutput(FormatStatusVariables({}));
    if (!no_answer) throw;
    return ExitCode(REASON_AGENT_UNREACHABLE);
  }
  WriteOutput(question.short_line ? FormatStatusLine(status) : FormatStatusVariables(status));
  return status.has_session() ? 0 : ExitCode(REASON_NOT_LOGGED_IN);
}

}  // namespace

bool AsksForQuickStatus(Words words) {
  if (words.empty() || words.front() != "status"sv) return false;
  bool asks = false;
  std::string_view before;
  for (const std::string_view word : words) {
    if (IsOneOf(word, {"--help", "-h"})) return false;
    asks = asks || IsOneOf(word, {"--short", "--format=shell"}) || (word == "shell" && before == "--format");
    before = word;
  }
  return asks;
}

int RunQuickStatus(const Program& program, Words words) noexcept {
  return RunGuarded(program, [words](const Program&) { return Answer(Read(words)); });
}

}  // namespace vouch
