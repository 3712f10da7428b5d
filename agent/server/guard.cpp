#include "server/guard.h"

#include <unistd.h>

#include <utility>

namespace vouch {
namespace {

constexpr std::size_t kLongestShown = 56;  // bytes: the contract has room for 160 in all

// What a process runs is its own choice, and an audience the caller's: printable, and where it is long, its end.
std::string Shown(std::string text) {
  if (text.size() > kLongestShown) text = "..." + text.substr(text.size() - kLongestShown + 3);
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

std::optional<Error> Locked(const Lock& lock) {
  switch (lock.state()) {
    case Lock::State::kOpen: return std::nullopt;
    case Lock::State::kUntilUnlock: return Error(REASON_LOCKED, "vouchd is locked", "run: vouchctl unlock");
    case Lock::State::kUntilLogin: break;
  }
  const std::string server = lock.server();
  return Error(REASON_LOCKED, "vouchd is locked until the next login", "run: vouchctl login" + (server.empty() ? "" : " --server " + server));
}

// A yes for a program that vouchd is not sure of is good for that one process.
ConfirmationSubject SubjectOf(const HandOut& what) {
  const Program& program = *what.program;
  const std::string shown = program.genuine ? program.path : "[" + program.name + "] " + std::to_string(program.pid);
  return {shown, program.pid, what.subject, what.caller.agent_source};
}

}  // namespace

void Guard::Ask(HandOut& what, Done done) {
  if (auto locked = Locked(parts_.lock)) return done(locked);
  switch (Decide(what)) {
    case Policy::Action::kAllow: return done(std::nullopt);
    case Policy::Action::kDeny: return done(Denied(what));
    case Policy::Action::kConfirm: parts_.confirmations.Ask(SubjectOf(what), std::move(done), what.waits);
  }
}

bool Guard::Allows(HandOut& what) {
  if (parts_.lock.state() != vouch::Lock::State::kOpen) return false;
  const Policy::Action action = Decide(what);
  return action == Policy::Action::kAllow ||
         (action == Policy::Action::kConfirm && parts_.confirmations.Remembers(SubjectOf(what)));
}

std::optional<Error> Guard::Recheck(HandOut& what) {
  if (auto locked = Locked(parts_.lock)) return locked;
  if (Decide(what) == Policy::Action::kDeny) return Denied(what);
  return std::nullopt;
}

// What was said under another policy is forgotten: it was an answer to that one's question.
std::shared_ptr<const Policy> Guard::PolicyNow() {
  std::shared_ptr<const Policy> now = parts_.policy();
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    changed = last_ && last_ != now && *last_ != *now;
    last_ = now;
  }
  if (changed) parts_.confirmations.Forget();
  return now;
}

Policy::Action Guard::Decide(HandOut& what) {
  const std::shared_ptr<const Policy> policy = PolicyNow();
  if (!what.program && GoesByProgram(*policy)) what.program = FindProgram(what.caller, parts_.processes);
  const bool is_sure = what.program && what.program->genuine;
  return vouch::Decide(*policy, {what.subject, is_sure ? std::string_view(what.program->path) : std::string_view(),
                                 !what.caller.agent_source.empty()});
}

Error Guard::Denied(const HandOut& what) const {
  const std::string remedy = "see [policy] in " + parts_.config_path;
  if (what.program && !what.program->genuine)
    return Error(REASON_POLICY, "the policy goes by the program, and vouchd cannot be sure of yours (" + Shown(what.program->name) + ")",
                 remedy + "; start the program again if it was upgraded");
  const std::string program = what.program ? Shown(what.program->path) : "this program";
  return Error(REASON_POLICY, "the policy does not let " + program + " have " + Shown(what.subject), remedy);
}

bool Guard::Hold(bool until_login) {
  const bool was_locked = parts_.lock.Hold(until_login);
  parts_.confirmations.Forget();
  return was_locked;
}

void Guard::Record(const HandOut& what, Reason result) {
  parts_.audit.Record({parts_.clock.WallMillis(), what.event, what.subject, what.cluster, what.server, what.caller, what.program,
                       result, {}});
}

void Guard::RecordWord(const ConfirmationSubject& subject, bool allowed, const char* way) {
  AuditEntry entry;
  entry.at_ms = parts_.clock.WallMillis();
  entry.event = "confirm";
  entry.subject = subject.subject;
  entry.caller = {Peer{geteuid(), subject.pid}, std::nullopt, subject.agent_source};
  entry.program = Program{subject.pid, subject.program, "", true};
  entry.result = allowed ? REASON_UNSPECIFIED : REASON_NOT_CONFIRMED;
  entry.way = way;
  parts_.audit.Record(std::move(entry));
}

}  // namespace vouch
