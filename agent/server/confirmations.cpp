#include "server/confirmations.h"

#include <algorithm>
#include <exception>
#include <string_view>

#include "base/log.h"
#include "base/on_behalf.h"

namespace vouch {
namespace {

constexpr std::size_t kMostWords = 256;  // that are remembered
constexpr int kMostShown = 3;            // on the desktop at a time, so that nobody can cover it
constexpr std::size_t kLongestName = 40;
constexpr std::size_t kLongestText = 160;

// What a process is called is its own choice, and so is an audience: printable ASCII, and where it is long, its begin and its end.
std::string Shown(std::string text, std::size_t longest) {
  if (text.size() > longest) text = text.substr(0, longest / 2) + "..." + text.substr(text.size() - (longest / 2 - 3));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

std::string NameOf(const std::string& program) {
  const std::string name = Shown(program.substr(program.rfind('/') + 1), kLongestName);
  return name.empty() ? "A program" : name;
}

std::string Command(std::int64_t id) { return "vouchctl confirm " + std::to_string(id); }

std::string NoticeKey(std::int64_t id) { return "confirm " + std::to_string(id); }

Notice NoticeOf(const Confirmations::Question& question) {
  const ConfirmationSubject& asks = question.subject;
  const std::string program = asks.program.empty() ? "A program" : Shown(asks.program, kLongestText);
  const std::string agent = asks.agent_source.empty() ? "" : ", which works for the AI agent " + Shown(asks.agent_source, kLongestName) + ",";
  return {NameOf(asks.program) + " asks for credentials",
          program + " (pid " + std::to_string(asks.pid) + ")" + agent + " wants " + Shown(asks.subject, kLongestText) +
              ". In a terminal: " + Command(question.id),
          "x-vouch.confirmation", Notice::Urgency::kCritical};
}

Error NobodyHasSaid(std::int64_t id) {
  return Error(REASON_NOT_CONFIRMED, "vouchd waits for your word on this", "run: " + Command(id) + ", and try again");
}

Error SaidNo() { return Error(REASON_NOT_CONFIRMED, "a person said no to this", "in a minute you can ask again"); }

Error TakenBack() { return Error(REASON_NOT_CONFIRMED, "vouchd does not ask for your word on this any more", "try again"); }

Error TooMany() { return Error(REASON_NOT_CONFIRMED, "too many programs wait for your word", "see who waits: vouchctl confirm"); }

// One that fails must not cost the others their answer; nor may it pass through GLib, which calls back on the desktop's thread.
void Run(const std::vector<std::function<void()>>& later) {
  for (const auto& one : later) try {
      one();
    } catch (const std::exception& error) {
      LogError(std::string("what waited for a person's word failed: ") + error.what());
    }
}

}  // namespace

// A program that cannot be told must not get what was said of another such.
Confirmations::Key Confirmations::KeyOf(const ConfirmationSubject& subject) {
  const std::string program = subject.program.empty() ? "pid " + std::to_string(subject.pid) : subject.program;
  return {program, {subject.subject, subject.agent_source}};
}

// Valid until the mutex is free.
const Confirmations::Word* Confirmations::FindWord(const Key& key) const {
  const auto word = words_.find(key);
  return word != words_.end() && parts_.clock.BootMillis() < word->second.until_ms ? &word->second : nullptr;
}

bool Confirmations::Remembers(const ConfirmationSubject& subject) const {
  std::lock_guard lock(mutex_);
  const Word* word = FindWord(KeyOf(subject));
  return word != nullptr && word->allowed && !word->once;
}

void Confirmations::Ask(const ConfirmationSubject& subject, Done done, Millis waits) {
  Later later;
  {
    std::lock_guard lock(mutex_);
    const Key key = KeyOf(subject);
    if (stopped_) {
      later.push_back([done] { done(TakenBack()); });
    } else if (const Word* word = FindWord(key)) {
      later.push_back([done, refusal = word->allowed ? std::nullopt : std::optional(SaidNo())] { done(refusal); });
      if (word->once) words_.erase(key);
    } else {
      Open& open = FindOrRaise(subject, later)->second;
      const std::int64_t until_ms = parts_.clock.BootMillis() + waits.count();
      const auto behind = std::find_if(open.callers.begin(), open.callers.end(), [=](const Caller& one) { return one.until_ms > until_ms; });
      open.callers.insert(behind, {ForTheSame(std::move(done)), until_ms});
      LookAgain();
    }
  }
  Run(later);
}

Confirmations::Opens::iterator Confirmations::FindOrRaise(const ConfirmationSubject& subject, Later& later) {
  const Key key = KeyOf(subject);
  const auto same = std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return KeyOf(one.second.question.subject) == key; });
  if (same != open_.end() && same->second.until_ms > parts_.clock.BootMillis()) return same;
  if (same != open_.end()) Close(same, TakenBack(), later);
  MakeRoom(later);
  const std::int64_t id = ++last_id_;
  const Question question{id, subject, parts_.clock.WallMillis() / 1000};
  const auto raised = open_.emplace(id, Open{question, parts_.clock.BootMillis() + kQuestionStays.count(), {}, {}}).first;
  ShowNext();
  return raised;
}

// What is on the screen stays there: another question must not come under the hand of who is about to press a button.
void Confirmations::MakeRoom(Later& later) {
  while (open_.size() >= kMostWaiting) {
    const auto oldest = std::find_if(open_.begin(), open_.end(),
                                     [](const auto& one) { return one.second.desktop != Open::Desktop::kShown; });
    Close(oldest == open_.end() ? open_.begin() : oldest, TooMany(), later);
  }
}

void Confirmations::ShowNext() {
  if (stopped_ || !parts_.desktop() || !parts_.notifier.available()) return;
  auto shown = std::count_if(open_.begin(), open_.end(), [](const auto& one) { return one.second.desktop == Open::Desktop::kShown; });
  for (auto& [id, open] : open_)
    if (open.desktop == Open::Desktop::kNotYet && shown++ < kMostShown) Show(open);
}

// Under the mutex, as TakeBack, so that neither overtakes the other; the answer comes on another thread.
void Confirmations::Show(Open& open) {
  open.desktop = Open::Desktop::kShown;
  parts_.notifier.Ask(NoticeKey(open.question.id), NoticeOf(open.question),
                      [this, id = open.question.id](std::optional<bool> allowed) { HeardFromDesktop(id, allowed); });
}

// A notice that was closed is no answer: the question stays for the terminal.
void Confirmations::HeardFromDesktop(std::int64_t id, std::optional<bool> allowed) {
  if (allowed) {
    Say(id, *allowed, "desktop");
    return;
  }
  std::lock_guard lock(mutex_);
  if (const auto open = open_.find(id); open != open_.end()) open->second.desktop = Open::Desktop::kClosed;
  ShowNext();
}

std::optional<Confirmations::Answered> Confirmations::Answer(std::int64_t id, bool allow) { return Say(id, allow, "terminal"); }

std::optional<Confirmations::Answered> Confirmations::Say(std::int64_t id, bool allow, const char* way) {
  Later later;
  std::optional<Answered> answered;
  {
    std::lock_guard lock(mutex_);
    const auto open = open_.find(id);
    if (open == open_.end() || open->second.until_ms <= parts_.clock.BootMillis()) return std::nullopt;
    answered = Answered{open->second.question, Keep(open->second, allow)};
    later.push_back([this, subject = open->second.question.subject, allow, way] { parts_.said(subject, allow, way); });
    Close(open, allow ? std::nullopt : std::optional(SaidNo()), later);
    ShowNext();
  }
  Run(later);
  return answered;
}

// Remembers what was said. Returns until when it is allowed, in Unix seconds, or 0.
std::int64_t Confirmations::Keep(const Open& open, bool allow) {
  const std::int64_t now = parts_.clock.BootMillis();
  const std::int64_t remember = parts_.remember_ms();
  const bool once = allow && remember <= 0;
  const bool is_used = once && !open.callers.empty();
  const std::int64_t lasts = is_used ? 0 : once ? kOneCallWithin.count() : allow ? remember : kNoIsKept.count();
  if (lasts > 0) {
    std::erase_if(words_, [&](const auto& word) { return word.second.until_ms <= now; });
    if (words_.size() >= kMostWords)
      words_.erase(std::min_element(words_.begin(), words_.end(), [](const auto& a, const auto& b) { return a.second.until_ms < b.second.until_ms; }));
    words_[KeyOf(open.question.subject)] = {allow, once, now + lasts};
  }
  return allow ? (parts_.clock.WallMillis() + lasts) / 1000 : 0;
}

Confirmations::Opens::iterator Confirmations::Close(Opens::iterator open, const std::optional<Error>& refusal, Later& later) {
  for (Caller& caller : open->second.callers) later.push_back([done = std::move(caller.done), refusal] { done(refusal); });
  if (open->second.desktop == Open::Desktop::kShown) parts_.notifier.TakeBack(NoticeKey(open->first));
  return open_.erase(open);
}

// One timer however many wait: who asks again and again must not fill the loop with them. Under the mutex.
void Confirmations::LookBy(std::int64_t due_ms) {
  const std::int64_t left = std::max<std::int64_t>(1, due_ms - parts_.clock.BootMillis());
  const std::int64_t at_ms = parts_.clock.SteadyMillis() + left;
  if (looks_at_ms_ != 0 && looks_at_ms_ <= at_ms) return;
  looks_at_ms_ = at_ms;
  parts_.executor.after(Millis(left), [this, at_ms] { Look(at_ms); });
}

// When the next caller has waited long enough, or the next question ends. Under the mutex.
void Confirmations::LookAgain() {
  std::optional<std::int64_t> next;
  for (const auto& [id, open] : open_) {
    const std::int64_t due = open.callers.empty() ? open.until_ms : std::min(open.callers.front().until_ms, open.until_ms);
    next = std::min(next.value_or(due), due);
  }
  if (next) LookBy(*next);
}

// Tells the callers who have waited long enough, and ends the questions that nobody has answered. A timer that another has taken
// the place of does nothing.
void Confirmations::Look(std::int64_t at_ms) {
  Later later;
  {
    std::lock_guard lock(mutex_);
    if (looks_at_ms_ != at_ms) return;
    looks_at_ms_ = 0;
    const std::int64_t now = parts_.clock.BootMillis();
    for (auto open = open_.begin(); open != open_.end();) {
      const Error refusal = NobodyHasSaid(open->first);
      std::vector<Caller>& callers = open->second.callers;
      const auto waits = std::find_if(callers.begin(), callers.end(), [now](const Caller& caller) { return caller.until_ms > now; });
      for (auto caller = callers.begin(); caller != waits; ++caller)
        later.push_back([done = std::move(caller->done), refusal] { done(refusal); });
      callers.erase(callers.begin(), waits);
      open = open->second.until_ms <= now ? Close(open, refusal, later) : std::next(open);
    }
    ShowNext();
    LookAgain();
  }
  Run(later);
}

std::vector<Confirmations::Question> Confirmations::Waiting() const {
  std::lock_guard lock(mutex_);
  std::vector<Question> waiting;
  for (const auto& [id, open] : open_)
    if (open.until_ms > parts_.clock.BootMillis()) waiting.push_back(open.question);
  return waiting;
}

std::size_t Confirmations::waiting() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      open_.begin(), open_.end(), [now = parts_.clock.BootMillis()](const auto& one) { return one.second.until_ms > now; }));
}

void Confirmations::CloseAll(Later& later) {
  for (auto open = open_.begin(); open != open_.end();) open = Close(open, TakenBack(), later);
  words_.clear();
}

void Confirmations::Forget() {
  Later later;
  {
    std::lock_guard lock(mutex_);
    CloseAll(later);
  }
  Run(later);
}

void Confirmations::Stop() {
  Later later;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    CloseAll(later);
  }
  Run(later);
}

}  // namespace vouch
