#include "session/notices.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/on_behalf.h"

namespace vouch {
namespace {

constexpr std::array<std::int64_t, 3> kLeftAt = {INT64_MAX, 30 * 60, 5 * 60};  // seconds, by stage
constexpr std::int64_t kNoStep = 60;         // seconds; a clock that is set back by less changes nothing
constexpr std::int64_t kPauseMs = 60'000;    // between two notices of refusals, whatever servers callers name
constexpr std::size_t kMostServers = 32;
constexpr std::size_t kLongestName = 40;

// The least that is true, but 29:55 is half an hour to everybody.
std::string TimeLeft(std::int64_t seconds) {
  const std::int64_t minutes = (seconds + 10) / 60;
  if (minutes < 1) return "less than a minute";
  return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

std::string Shown(const std::string& server) { return server.empty() ? server : ServerUrl(server).key(); }

// A server is named only where there are several.
std::string YourSession(const std::string& named) {
  return named.empty() ? "your Vouch session" : "your Vouch session at " + Shown(named);
}

std::string Command(const std::string& named) { return "vouchctl login" + (named.empty() ? "" : " --server " + named); }

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// What a process calls itself is its own choice: no line of it gets further than this.
std::string ProgramName(std::string name) {
  if (name.size() > kLongestName) name.resize(kLongestName);
  for (char& c : name)
    if (c < ' ' || c > '~') c = '?';
  return name.empty() ? "A program" : name;
}

Notice SessionEnds(const std::string& named, int stage, std::int64_t left) {
  return {Capitalized(YourSession(named)) + " ends in " + TimeLeft(left), "To go on without a break, type: " + Command(named),
          "x-vouch.session-ends", stage == 2 ? Notice::Urgency::kCritical : Notice::Urgency::kNormal};
}

Notice Refused(const std::string& named, Reason reason, const std::string& program) {
  const std::string why = reason == REASON_SESSION_EXPIRED   ? YourSession(named) + " has expired"
                          : reason == REASON_SESSION_REVOKED ? "the server has ended " + YourSession(named)
                          : "you are not logged in" + (named.empty() ? "" : " at " + Shown(named));
  return {ProgramName(program) + " was refused: " + why, "To go on, type: " + Command(named), "x-vouch.refused",
          Notice::Urgency::kNormal};
}

// Sessions that are short from the start need no warning of what was told at the login.
bool IsWorthTelling(const Session& session, int stage) {
  return session.identity().expires_at - session.identity().authenticated_at > kLeftAt[stage];
}

std::int64_t SecondsLeft(const Session& session) { return session.identity().expires_at - session.vouch().clock().NowSeconds(); }

int StageDue(const Session& session, std::int64_t left) {
  int stage = 2;
  while (stage > 0 && (left > kLeftAt[stage] || !IsWorthTelling(session, stage))) --stage;
  return stage;
}

}  // namespace

std::int64_t Notices::Look() {
  const std::vector<std::shared_ptr<Session>> all = parts_.sessions.All();
  const bool wanted = parts_.wanted();
  std::int64_t next = kNever;
  std::lock_guard lock(mutex_);
  if (stopped_) return kNever;
  for (auto& [server, slot] : slots_) slot.live = false;
  for (const auto& session : all) {
    Slot& slot = slots_[session->vouch().server().text()];
    slot.live = slot.known = true;
  }
  for (const auto& session : all) Judge(session->vouch().server().text(), session, wanted, next);
  ForgetEnded(!all.empty());
  if (!wanted)
    for (auto& [server, slot] : slots_) Change(slot, std::nullopt);
  return next;
}

void Notices::Judge(const std::string& server, const std::shared_ptr<Session>& session, bool wanted, std::int64_t& next) {
  Slot& slot = slots_[server];
  if (slot.session.lock() != session || slot.refused) {
    slot.session = session;
    slot.stage = 0;
    slot.refused = false;
    Change(slot, std::nullopt);
  }
  const std::int64_t left = SecondsLeft(*session);
  for (int stage = 1; stage <= 2; ++stage)
    if (left > kLeftAt[stage] && IsWorthTelling(*session, stage)) next = std::min(next, left - kLeftAt[stage]);
  const int due = StageDue(*session, left);
  if (!wanted) slot.stage = 0;
  if (!wanted || left <= 0 || due == slot.stage) return;
  if (due < slot.stage && left <= kLeftAt[slot.stage] + kNoStep) return;
  slot.stage = due;
  Change(slot, due == 0 ? std::nullopt : std::optional(SessionEnds(Several() ? server : "", due, left)));
}

// What was said of the end of a session is no longer true after it; what was said of a refusal is, until the next login.
void Notices::ForgetEnded(bool anybody) {
  for (auto& [server, slot] : slots_) {
    if (slot.live) continue;
    slot.session.reset();
    slot.stage = 0;
    if (server.empty() && anybody) slot.refused = false;  // there was no server yet; the login has chosen one
    if (!slot.refused) Change(slot, std::nullopt);
  }
}

void Notices::HelperRefused(const std::string& server, Reason reason, const Asker& asker) {
  if (reason != REASON_NOT_LOGGED_IN && reason != REASON_SESSION_EXPIRED && reason != REASON_SESSION_REVOKED) return;
  const std::string current = parts_.sessions.current();
  const std::string meant = server.empty() ? current : ServerUrl(server).text();
  if (!MayTellOf(meant) || !parts_.wanted() || parts_.sessions.Find(meant)) return;
  const std::optional<std::string> program = asker();
  if (!program) return;
  std::lock_guard lock(mutex_);
  Slot& slot = slots_[meant];
  if (stopped_ || std::exchange(slot.refused, true)) return;
  last_refusal_ms_ = parts_.clock.BootMillis();
  Change(slot, Refused(meant != current || Several() ? meant : "", reason, *program));
}

bool Notices::MayTellOf(const std::string& server) {
  std::lock_guard lock(mutex_);
  if (stopped_ || (last_refusal_ms_ && parts_.clock.BootMillis() - *last_refusal_ms_ < kPauseMs)) return false;
  const auto slot = slots_.find(server);
  return slot == slots_.end() ? slots_.size() < kMostServers : !slot->second.refused;
}

void Notices::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [server, slot] : slots_) Change(slot, std::nullopt);
}

void Notices::Change(Slot& slot, std::optional<Notice> notice) {
  if (!slot.notice && !notice) return;
  slot.notice = std::move(notice);
  ++slot.version;
  if (std::exchange(working_, true)) return;
  const OnBehalfOf everybody(OnBehalfOf::kVouchd);
  parts_.executor.post("a desktop notice", [this] { Work(); });
}

bool Notices::Several() const {
  return std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.second.known; }) > 1;
}

// One at a time and always the latest: what was replaced meanwhile is never shown.
void Notices::Work() {
  while (true) {
    std::string server;
    std::optional<Notice> notice;
    {
      std::lock_guard lock(mutex_);
      const auto waiting =
          std::find_if(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.second.version != slot.second.told; });
      working_ = waiting != slots_.end();
      if (!working_) return;
      waiting->second.told = waiting->second.version;
      server = waiting->first;
      notice = waiting->second.notice;
    }
    if (notice) parts_.notifier.Show(server, *notice);
    else parts_.notifier.Withdraw(server);
  }
}

}  // namespace vouch
