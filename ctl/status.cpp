#include "status.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <ostream>
#include <sstream>

#include "lock.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr std::int64_t kSkewWorthTelling = 5000;  // ms; STS refuses from minutes on, people should know before
constexpr int kPackedWorthTelling = 80;           // percent; at 100 AWS gives no credential any more

constexpr const char* kNoSession = "the server does not know the session";

std::string LoginCommand(const GetStatusResponse& status) {
  for (const auto& server : status.servers())
    if (server.current() && server.url() == status.server()) return "vouchctl login";
  const bool named = status.servers_size() > 1 && !status.server().empty();
  return named ? "vouchctl login --server " + status.server() : "vouchctl login";
}

StatusFact CheckFact(const GetStatusResponse& status, const SessionCheck& check) {
  if (check.failure && ExitCode(check.failure->reason()) == ExitCode(REASON_NOT_LOGGED_IN))
    return {"Checked", check.failure->what(), Tone::kBad};
  if (check.failure) return {"Checked", std::string("no answer: ") + check.failure->what(), Tone::kWarning};
  if (!check.answer->authenticated()) return {"Checked", kNoSession + ("; run: " + LoginCommand(status)), Tone::kBad};
  const std::string& device = check.answer->device_name();
  return {"Checked", "the server knows the session, " + FormatDuration(check.answer->seconds_left()) + " left" +
                         (device.empty() ? "" : ", made with " + device)};
}

void AddGuard(const GetStatusResponse& status, std::vector<StatusFact>& facts) {
  if (status.locked())
    facts.push_back({"Locked", "nothing is handed out; lifted by: " + WhatLiftsTheLock(status), Tone::kWarning});
  if (const int waiting = status.confirmations_waiting(); waiting > 0)
    facts.push_back({"Waiting", (waiting == 1 ? "a program waits" : std::to_string(waiting) + " programs wait") + std::string(" for your word; see: vouchctl confirm"),
                     Tone::kWarning});
}

void AddServers(const GetStatusResponse& status, std::int64_t now, std::vector<StatusFact>& facts) {
  if (status.servers_size() <= 1) {
    if (!status.server().empty()) facts.push_back({"Server", status.server()});
    return;
  }
  for (const auto& server : status.servers())
    facts.push_back({"Server", server.url() + (server.current() ? " (current)" : "") +
                                   (server.email().empty()
                                        ? ", not logged in"
                                        : ", " + server.email() + " until " + FormatUntil(server.expires_at(), now))});
}

void AddKeys(const GetStatusResponse& status, std::vector<StatusFact>& facts) {
  std::string names;
  for (const auto& key : status.keys())
    names += (names.empty() ? "" : ", ") + key.name() + (key.used_for_login() ? " (this session)" : "");
  if (!names.empty()) facts.push_back({"Keys", names});
}

StatusFact StoreFact(const GetStatusResponse& status) {
  const bool keyring = status.store() == "secret-service";
  std::string text = keyring && status.session_persists() ? "key and session in the keyring"
                     : keyring                            ? "key in the keyring, session in memory only"
                     : status.session_persists()          ? "key in a file, session in the keyring"
                                                          : "key in a file, session in memory only";
  if (status.store_problem().empty()) return {"Store", text};
  return {"Store", text + ": " + status.store_problem(), Tone::kWarning};
}

void AddWarnings(const GetStatusResponse& status, std::vector<StatusFact>& facts) {
  if (status.agent_version() != VOUCH_VERSION)
    facts.push_back({"Versions", "vouchctl is " VOUCH_VERSION ", the running agent is " + status.agent_version() +
                                     "; restart it: systemctl --user restart vouchd", Tone::kWarning});
  const std::int64_t offset = status.clock_offset_ms();
  if (std::abs(offset) >= kSkewWorthTelling)
    facts.push_back({"Clock", "this machine is " + FormatDuration(std::abs(offset) / 1000) +
                                  (offset > 0 ? " behind" : " ahead of") + " the server", Tone::kWarning});
  if (!status.config_problem().empty())
    facts.push_back({"Config", "the settings from before stay in force: " + status.config_problem(), Tone::kWarning});
}

std::string CredentialLine(const GetStatusResponse::Credential& credential, std::int64_t server_now) {
  std::string text = credential.kind() == "aws" ? credential.role_arn() + " " + credential.region()
                                                : "audience " + credential.audience();
  text += ", " + FormatDuration(credential.expires_at() - server_now) + " left";
  if (credential.next_renewal_at() != 0)
    text += ", renewed in " + FormatDuration(credential.next_renewal_at() - server_now);
  else
    text += ", not renewed any more";
  if (!credential.via().empty()) text += ", through " + credential.via();
  if (!credential.agent_source().empty()) text += ", read-only for " + credential.agent_source();
  return text;
}

std::string PlainLine(const std::string& label, const std::string& text) {
  return label + std::string(label.size() < 12 ? 12 - label.size() : 1, ' ') + Printable(text) + "\n";
}

// A failure to reach the agent itself is thrown: there is nothing to show then.
SessionCheck Check(const std::string& server, Client& client) {
  CheckSessionRequest request;
  request.set_server(server);
  try {
    return {client.CheckSession(request), std::nullopt};
  } catch (const Error& error) {
    if (error.reason() == REASON_AGENT_UNREACHABLE) throw;
    return {std::nullopt, error};
  }
}

}  // namespace

std::int64_t ServerNow(const GetStatusResponse& status, std::int64_t now) {
  return now + status.clock_offset_ms() / 1000;
}

StatusHeadline HeadlineOf(const GetStatusResponse& status, std::int64_t now) {
  const std::string remedy = "; run: " + LoginCommand(status);
  if (!status.has_session() && status.session_expired()) return {"Session expired", remedy, Tone::kBad};
  if (!status.has_session()) return {"Not logged in", remedy, Tone::kBad};
  const auto& session = status.session();
  return {"Logged in", " as " + session.email() + " until " + FormatUntil(session.expires_at(), now), Tone::kGood};
}

std::vector<StatusFact> FactsOf(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now) {
  std::vector<StatusFact> facts;
  AddGuard(status, facts);
  if (check != nullptr) facts.push_back(CheckFact(status, *check));
  AddServers(status, now, facts);
  AddKeys(status, facts);
  facts.push_back(StoreFact(status));
  facts.push_back({"Agent", status.agent_version() + ", pid " + std::to_string(status.agent_pid()) + ", up " +
                                FormatDuration(now - status.agent_started_at())});
  AddWarnings(status, facts);
  return facts;
}

std::vector<StatusFact> NotesOf(const GetStatusResponse::Credential& credential) {
  std::vector<StatusFact> notes;
  if (credential.packed_policy_percent() >= kPackedWorthTelling)
    notes.push_back({"", "nearly full: session policy and tags take " +
                             std::to_string(credential.packed_policy_percent()) + " % of what AWS accepts",
                     Tone::kWarning});
  if (credential.degraded())
    notes.push_back({"", "renewal failed: " + credential.degraded_message() + " (" +
                             std::string(ReasonName(credential.degraded_reason())) + ")", Tone::kWarning});
  return notes;
}

std::string FormatStatusText(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now) {
  std::ostringstream text;
  const StatusHeadline headline = HeadlineOf(status, now);
  text << headline.lead << Printable(headline.rest);
  if (status.has_session()) text << " (" << FormatDuration(status.session().seconds_left()) << " left)";
  text << "\n";
  for (const StatusFact& fact : FactsOf(status, check, now)) text << PlainLine(fact.label, fact.text);
  for (const auto& credential : status.credentials()) {
    text << PlainLine(credential.kind() == "aws" ? "AWS" : "Kubernetes",
                      CredentialLine(credential, ServerNow(status, now)));
    for (const StatusFact& note : NotesOf(credential)) text << PlainLine("", note.text);
  }
  return text.str();
}

GetStatusResponse AskStatus(Client& client, const std::string& server) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(server);
  return client.GetStatus(request);
}

int RunStatus(const StatusOptions& options, Client& client, const Look& look, std::ostream& out) {
  std::optional<SessionCheck> check;
  if (options.check) check = Check(options.server, client);  // first: it may end the session
  const SessionCheck* checked = check ? &*check : nullptr;

  const GetStatusResponse status = AskStatus(client, options.server);
  const std::int64_t now = std::time(nullptr);
  if (options.json) out << FormatStatusJson(status, checked, now);
  else if (look.terminal) out << FormatStatusScreen(status, checked, now, look);
  else out << FormatStatusText(status, checked, now);
  out << std::flush;
  if (check && check->failure) return ExitCode(check->failure->reason());
  const bool is_alive = status.has_session() && (!check || check->answer->authenticated());
  return is_alive ? 0 : ExitCode(REASON_NOT_LOGGED_IN);
}

}  // namespace vouch
