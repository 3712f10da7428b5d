// When the person is told without having asked: 30 and 5 minutes before a session ends, and once when a helper got nothing
// for want of one (design 5.5). Driven by the agent's timer and by server/service.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/executor.h"
#include "session/notifier.h"
#include "session/sessions.h"

namespace vouch {

// Safe on any thread, Look on one at a time; never blocks: the desktop is talked to on a worker, one notice after the other.
// There is one notice a server; a newer one takes the place of the older, and a login takes away whatever is there.
class Notices {
 public:
  static constexpr std::int64_t kNever = INT64_MAX;

  struct Parts {
    Sessions& sessions;
    Notifier& notifier;
    const Clock& clock;
    const Executor& executor;
    std::function<bool()> wanted;  // the config's word, now
  };

  // Finds out who was refused. nullopt: somebody who needs no notice; empty: a program without a name.
  using Asker = std::function<std::optional<std::string>()>;

  explicit Notices(Parts parts) : parts_(std::move(parts)) {}

  // Raises what is due and withdraws what is over. Returns the seconds until something will be due, or kNever. To be called
  // then, and after every change of time or of the sessions. A notice whose time was missed is raised with the time that is left,
  // unless the next one is due, too.
  std::int64_t Look();

  // A caller of `server` (as it named it; empty = the current one) was refused. All refusals until the next login share one notice.
  // `asker` is called at most once, on this thread, and only when a notice may be raised. Other reasons than a missing session
  // are ignored.
  void HelperRefused(const std::string& server, Reason reason, const Asker& asker);

  // Whether a notice would be raised now, as far as can be seen without trying.
  bool enabled() const { return parts_.wanted() && parts_.notifier.available(); }

  // Takes all notices away; none is raised afterwards.
  void Stop();

 private:
  // What is known of one server.
  struct Slot {
    std::weak_ptr<Session> session;  // that was seen last
    bool live = false;       // there is one now
    bool known = false;      // there was one since the start
    int stage = 0;           // 1: the first notice of the end was raised, 2: the second
    bool refused = false;    // and told, since the last login
    std::optional<Notice> notice;  // that should be there
    std::uint64_t version = 0, told = 0;  // of `notice`; the one that the desktop was told last
  };

  void Judge(const std::string& server, const std::shared_ptr<Session>& session, bool wanted, std::int64_t& next);
  void ForgetEnded(bool anybody);
  void Change(Slot& slot, std::optional<Notice> notice);
  bool MayTellOf(const std::string& server);
  bool Several() const;
  void Work();

  const Parts parts_;
  std::mutex mutex_;
  std::map<std::string, Slot> slots_;  // by ServerUrl::text(); empty before there is a server
  std::optional<std::int64_t> last_refusal_ms_;  // Clock::BootMillis
  bool working_ = false;  // a worker is on it
  bool stopped_ = false;
};

}  // namespace vouch
