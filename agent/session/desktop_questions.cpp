#include "session/desktop_questions.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{5};  // for the bus, and for a service that it starts first
constexpr std::chrono::seconds kGoodbye{1};

}  // namespace

void DesktopQuestions::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bus_.Wake();
  if (thread_.joinable()) thread_.join();
}

void DesktopQuestions::Ask(const std::string& key, const Notice& question, Notifier::Answer answered) {
  Post([this, key, question, answered = std::move(answered)] { Show(key, question, answered); });
}

void DesktopQuestions::TakeBack(const std::string& key) {
  Post([this, key] { Withdraw(key); });
}

void DesktopQuestions::Post(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  if (!thread_.joinable()) try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error& error) {  // the question waits for the terminal, then
      jobs_.pop_back();
      LogError(std::string("no question on the desktop: no thread can be started: ") + error.what());
      return;
    }
  bus_.Wake();
}

bool DesktopQuestions::stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void DesktopQuestions::Run() {
  const DesktopBus::Turn turn(bus_);
  while (!stopping()) {
    while (DoJobs()) {
    }
    Settle();
    if (!stopping()) bus_.WaitForAnything();
  }
  while (!shown_.empty()) Withdraw(shown_.begin()->first);
  if (!bus_.connected()) return;
  const auto said_goodbye = [this] {
    Settle();
    return !bus_.busy();
  };
  bus_.Wait(said_goodbye, steady_clock::now() + kGoodbye);
  bus_.Disconnect();
}

// Whether there were any. More may have come meanwhile, of which what waits in a job has used up the Wake.
bool DesktopQuestions::DoJobs() {
  std::vector<std::function<void()>> jobs;
  {
    std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
  }
  for (const auto& job : jobs) job();
  return !jobs.empty();
}

void DesktopQuestions::Show(const std::string& key, const Notice& question, Notifier::Answer answered) {
  const auto deadline = steady_clock::now() + kLimit;
  if (const std::string failure = bus_.Connect(deadline); !failure.empty()) return Failed(failure, answered);
  bus_.Listen([this](const std::string& service, std::uint32_t id, const std::string& action) { Heard(service, id, action); });
  const auto abilities = bus_.GetCapabilities();
  bus_.Wait([this, &abilities] { return abilities->done() || stopping(); }, deadline);
  if (!abilities->done()) return Failed("the notification service does not answer", answered);
  if (!abilities->failure().empty()) return Failed("there is no notification service (" + abilities->failure() + ")", answered);
  failing_ = false;
  shown_[key] = {bus_.NotifyQuestion(question, abilities->Abilities()), std::move(answered)};
}

void DesktopQuestions::Withdraw(const std::string& key) {
  const auto shown = shown_.extract(key);
  if (shown && bus_.connected()) abandoned_.push_back(shown.mapped().notified);
}

// Only who has shown a question may answer it: whatever else on the bus sends such a signal is not listened to.
void DesktopQuestions::Heard(const std::string& service, std::uint32_t id, const std::string& action) {
  const auto shown = std::find_if(shown_.begin(), shown_.end(), [&](const auto& one) {
    const DesktopReply& notified = *one.second.notified;
    return notified.done() && notified.NoticeId() == id && notified.sender() == service;
  });
  const bool is_answer = action == "allow" || action == "deny";
  if (shown == shown_.end() || (!action.empty() && !is_answer)) return;
  const Notifier::Answer answered = std::move(shown->second.answered);
  shown_.erase(shown);
  answered(is_answer ? std::optional(action == "allow") : std::nullopt);
}

// Takes note of what has happened meanwhile; connected only as long as there is a reason.
void DesktopQuestions::Settle() {
  const bool lost = bus_.lost();
  std::vector<Notifier::Answer> refused;
  for (auto one = shown_.begin(); one != shown_.end();) {
    const bool failed = lost || (one->second.notified->done() && !one->second.notified->NoticeId());
    if (failed) refused.push_back(std::move(one->second.answered));
    one = failed ? shown_.erase(one) : std::next(one);
  }
  std::erase_if(abandoned_, [this, lost](const auto& one) {
    if (!lost && one->done() && one->NoticeId()) bus_.Close(one->sender(), *one->NoticeId());
    return lost || one->done();
  });
  const bool idle = shown_.empty() && abandoned_.empty() && !bus_.busy();
  if (bus_.connected() && (lost || idle)) bus_.Disconnect();
  for (const auto& answered : refused) Failed(lost ? "the session bus has gone" : "the notification service refuses them", answered);
}

void DesktopQuestions::Failed(const std::string& why, const Notifier::Answer& answered) {
  if (!std::exchange(failing_, true)) LogInfo("no questions on the desktop: " + why);
  answered(std::nullopt);
}

}  // namespace vouch
