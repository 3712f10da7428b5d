// Who may have what, now: the lock, the policy and a person's word; and the line in the audit log. Asked by server/hand_outs for
// everything that is handed out.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "server/audit_log.h"
#include "server/caller.h"
#include "server/confirmations.h"
#include "server/lock.h"
#include "server/policy.h"

namespace vouch {

// What somebody asks for.
struct HandOut {
  std::string_view event;  // as in the audit log; of static life
  std::string subject;     // the role's ARN, or "kubernetes:" and the audience
  std::string cluster;     // where there is one
  std::string server;      // whose session: base URL
  Caller caller;
  std::optional<Program> program;  // found already, since it decides
  Millis waits = Confirmations::kCallerWaits;  // at most, for a person's word
};

// Safe on any thread. Blocks for no longer than finding a program may take (server/processes), where the policy goes by it.
class Guard {
 public:
  struct Parts {
    vouch::Lock& lock;
    Confirmations& confirmations;
    AuditLog& audit;
    const Clock& clock;
    const Processes& processes;
    std::function<std::shared_ptr<const Policy>()> policy;  // in force now
    std::string config_path;                                // for the remedy of who is refused
  };

  using Done = std::function<void(const std::optional<Error>& refusal)>;

  explicit Guard(Parts parts) : parts_(std::move(parts)) {}

  // Decides: REASON_LOCKED, REASON_POLICY, REASON_NOT_CONFIRMED, or nothing: go on. `done` is called once, here unless a person is
  // asked. Finds out the program of `what` if that matters.
  void Ask(HandOut& what, Done done);

  // The same for who cannot wait: not allowed also where a person would have to be asked.
  bool Allows(HandOut& what);

  // Once more, when the answer is there that Ask has let be fetched: the lock and the policy may be others by now. A person's word is
  // not asked for again.
  std::optional<Error> Recheck(HandOut& what);

  // The line in the audit log, one for each decision. REASON_UNSPECIFIED: it was handed out, or done.
  void Record(const HandOut& what, Reason result);

  // What a person said of a confirmation. `way`: "desktop" or "terminal".
  void RecordWord(const ConfirmationSubject& subject, bool allowed, const char* way);

  // As the functions of server/lock; what people said is forgotten by a lock. Hold blocks nobody.
  bool Hold(bool until_login);
  bool Lock(bool until_login) { return parts_.lock.Close(until_login); }
  bool Unlock() { return parts_.lock.Open(); }
  std::uint64_t times_closed() const { return parts_.lock.times_closed(); }
  void LoggedIn(const std::string& server, std::uint64_t times_closed_before) { parts_.lock.LoggedIn(server, times_closed_before); }
  const vouch::Lock& lock() const { return parts_.lock; }

  // Which programs wait for a person's word, and the word itself: as Confirmations.
  std::vector<Confirmations::Question> Waiting() const { return parts_.confirmations.Waiting(); }
  std::size_t waiting() const { return parts_.confirmations.waiting(); }
  std::optional<Confirmations::Answered> Answer(std::int64_t id, bool allow) { return parts_.confirmations.Answer(id, allow); }

  // At a logout.
  void ForgetWords() { parts_.confirmations.Forget(); }

 private:
  std::shared_ptr<const Policy> PolicyNow();
  Policy::Action Decide(HandOut& what);
  Error Denied(const HandOut& what) const;

  const Parts parts_;
  std::mutex mutex_;
  std::shared_ptr<const Policy> last_;  // policy that was decided by; under the mutex
};

}  // namespace vouch
