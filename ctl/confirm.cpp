#include "confirm.h"

#include <algorithm>
#include <ostream>

#include "columns.h"
#include "error.h"
#include "escape.h"
#include "lock.h"
#include "table.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kAnswerLimit{120};
constexpr int kNarrowest = 20;  // columns

ListConfirmationsResponse List(Client& client) {
  ListConfirmationsRequest request;
  request.set_client_version(VOUCH_VERSION);
  return client.ListConfirmations(request);
}

std::string ProgramOf(const Confirmation& waiting) {
  return waiting.program().empty() ? "a program that cannot be told" : Escaped(waiting.program());
}

std::string Sentence(const Confirmation& waiting) {
  return ProgramOf(waiting) + " (pid " + std::to_string(waiting.pid()) + ") wants " + Escaped(waiting.subject()) +
         (waiting.agent_source().empty() ? "" : ", for the AI agent " + Escaped(waiting.agent_source()));
}

void Answer(std::int64_t id, bool allow, const ConfirmWorld& world, std::ostream& out) {
  AnswerConfirmationRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_id(id);
  request.set_allow(allow);
  const AnswerConfirmationResponse answer = world.client.AnswerConfirmation(request);
  const std::string what = ProgramOf(answer.answered()) + " may " + (allow ? "" : "not ") + "have " + Escaped(answer.answered().subject());
  const bool lasts = answer.allowed_until() > world.now;
  out << (allow ? "Allowed: " : "Denied: ") << what
      << (!allow ? "" : lasts ? " until " + FormatUntil(answer.allowed_until(), world.now) : ", this time") << "." << std::endl;
}

// Whether the only one that waits is allowed.
bool AskAbout(const Confirmation& waiting, Prompt& prompt) {
  return prompt.AskYes(Sentence(waiting) + ". Allow it? (yes/no) ", std::chrono::steady_clock::now() + kAnswerLimit);
}

// Two lines each, where a table would not fit.
std::string Stacked(const ListConfirmationsResponse& list, const Look& look, std::int64_t now) {
  std::string text;
  for (const Confirmation& one : list.waiting()) {
    text += std::to_string(one.id()) + "  asked " + FormatDuration(now - one.asked_at()) + " ago\n";
    for (const std::string& line : Wrap(Sentence(one), std::max(look.columns, kNarrowest) - 2)) text += "  " + line + "\n";
  }
  return text;
}

}  // namespace

std::string FormatConfirmations(const ListConfirmationsResponse& list, const Look& look, std::int64_t now) {
  if (list.waiting().empty()) return "Nothing waits for your word.\n";
  std::string text;
  if (!look.terminal) {
    for (const Confirmation& one : list.waiting())
      text += std::to_string(one.id()) + "  " + Sentence(one) + ", asked " + FormatDuration(now - one.asked_at()) + " ago\n";
    return text;
  }
  Table table({"ID", "PROGRAM", "PID", "WANTS", "ASKED"});
  for (const Confirmation& one : list.waiting())
    table.Add({std::to_string(one.id()), ProgramOf(one) + (one.agent_source().empty() ? "" : ", for " + Escaped(one.agent_source())),
               std::to_string(one.pid()), Escaped(one.subject()), FormatDuration(now - one.asked_at()) + " ago"});
  text = table.Format();
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    if (end - begin > static_cast<std::size_t>(std::max(look.columns, kNarrowest))) return Stacked(list, look, now);
  return text;
}

void RunConfirm(const ConfirmOptions& options, const ConfirmWorld& world, std::ostream& out) {
  if (options.id != 0) {
    if (!options.deny) RefuseAgents(world.agent_source, "vouchctl confirm " + std::to_string(options.id));
    return Answer(options.id, !options.deny, world, out);
  }
  const ListConfirmationsResponse list = List(world.client);
  if (options.json) {
    out << FormatConfirmationsJson(list) << std::flush;
    return;
  }
  const bool is_one = list.waiting_size() == 1;
  const bool asks = is_one && world.look.terminal && world.prompt.IsTerminal() && world.agent_source.empty();
  if (options.deny && !is_one)
    throw Error(REASON_CONFIGURATION, list.waiting().empty() ? "nothing waits for your word" : "more than one program waits for your word",
                "see: vouchctl confirm");
  if (!options.deny && !asks) {
    out << FormatConfirmations(list, world.look, world.now) << std::flush;
    return;
  }
  const bool allow = !options.deny && AskAbout(list.waiting(0), world.prompt);
  Answer(list.waiting(0).id(), allow, world, out);
}

}  // namespace vouch
