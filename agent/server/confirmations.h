// What vouchd.toml hands out only when a person says so: who asks and waits, what was said, and for how long that is good.
// Asked by server/guard; answered by the desktop and by AnswerConfirmation (server/service_guard).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/executor.h"
#include "session/notifier.h"

namespace vouch {

// Which program wants what. Its text is shown to people: printable, but not checked.
struct ConfirmationSubject {
  std::string program;       // path, of the one behind our helpers; empty: it cannot be told
  pid_t pid = 0;             // of that program; a word is good for all of that path, else for this pid
  std::string subject;       // the role's ARN, or "kubernetes:" and the audience
  std::string agent_source;  // AI agent that it says it works for; empty = a person
};

// Safe on any thread; never blocks. One question for one program, subject and agent, however many callers wait for it. It stays
// for ten minutes, so that a person can answer after the caller has given up, and call again. What was said is kept in memory
// only, by the boot clock, and forgotten at Forget.
class Confirmations {
 public:
  static constexpr std::size_t kMostWaiting = 32;  // questions; one more, and the oldest that is not on the screen is refused
  static constexpr Millis kCallerWaits{4000};      // a helper gives up after 5 s
  static constexpr Millis kQuestionStays{600'000};
  static constexpr Millis kNoIsKept{60'000};       // for programs that try again and again
  static constexpr Millis kOneCallWithin{60'000};  // that a word for a single call is good for

  struct Parts {
    Notifier& notifier;
    const Clock& clock;
    const Executor& executor;
    std::function<bool()> desktop;              // whether the desktop may be asked: the config's word, now
    std::function<std::int64_t()> remember_ms;  // how long a yes is good for, now; 0: for one call
    // What a person has said, for the audit log. `way`: "desktop" or "terminal".
    std::function<void(const ConfirmationSubject&, bool allowed, const char* way)> said;
  };

  // nullopt: go on. Else REASON_NOT_CONFIRMED, to be told as it is: nobody has said anything yet, or a no.
  using Done = std::function<void(const std::optional<Error>& refusal)>;

  struct Question {
    std::int64_t id = 0;
    ConfirmationSubject subject;
    std::int64_t asked_at = 0;  // Unix seconds, local clock
  };

  struct Answered {
    Question question;
    std::int64_t allowed_until = 0;  // Unix seconds, local clock; 0: refused
  };

  explicit Confirmations(Parts parts) : parts_(std::move(parts)) {}
  Confirmations(const Confirmations&) = delete;
  Confirmations& operator=(const Confirmations&) = delete;

  // Whether a yes is remembered that serves this call and the next ones; a word for a single call is left to Ask. Raises nothing.
  // For who cannot wait (server/doorstep).
  bool Remembers(const ConfirmationSubject& subject) const;

  // Calls `done` once: here where somebody has said something, else when somebody does, after `waits` at the latest.
  void Ask(const ConfirmationSubject& subject, Done done, Millis waits = kCallerWaits);

  // What waits for an answer, oldest first.
  std::vector<Question> Waiting() const;
  std::size_t waiting() const;

  // A person's word for a question, at the terminal. nullopt: it does not wait, or not any more.
  std::optional<Answered> Answer(std::int64_t id, bool allow);

  // Forgets what was said, and takes the questions back: at a logout, at a lock, when another policy decides.
  void Forget();

  // As Forget; from now on nothing is asked any more.
  void Stop();

 private:
  using Key = std::pair<std::string, std::pair<std::string, std::string>>;
  // What is to be done when the mutex is free again.
  using Later = std::vector<std::function<void()>>;

  struct Caller {
    Done done;
    std::int64_t until_ms;  // Clock::BootMillis, as all the times below
  };
  struct Open {
    Question question;
    std::int64_t until_ms;
    std::vector<Caller> callers;  // who gives up first comes first
    enum class Desktop { kNotYet, kShown, kClosed } desktop = Desktop::kNotYet;
  };
  struct Word {
    bool allowed;
    bool once;  // for a single call
    std::int64_t until_ms;
  };
  using Opens = std::map<std::int64_t, Open>;  // by id

  static Key KeyOf(const ConfirmationSubject& subject);
  const Word* FindWord(const Key& key) const;
  Opens::iterator FindOrRaise(const ConfirmationSubject& subject, Later& later);
  void MakeRoom(Later& later);
  void ShowNext();
  void Show(Open& open);
  void HeardFromDesktop(std::int64_t id, std::optional<bool> allowed);
  std::optional<Answered> Say(std::int64_t id, bool allow, const char* way);
  std::int64_t Keep(const Open& open, bool allow);
  Opens::iterator Close(Opens::iterator open, const std::optional<Error>& refusal, Later& later);
  void CloseAll(Later& later);
  void Look(std::int64_t at_ms);
  void LookBy(std::int64_t due_ms);
  void LookAgain();

  const Parts parts_;
  mutable std::mutex mutex_;
  Opens open_;
  std::map<Key, Word> words_;
  std::int64_t last_id_ = 0;
  std::int64_t looks_at_ms_ = 0;  // by the steady clock, as timers go: the one that is waited for; 0: none
  bool stopped_ = false;
};

}  // namespace vouch
