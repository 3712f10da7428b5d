// Questions on the desktop: notices with the buttons Allow and Deny. A part of desktop_notifier, with a connection and a thread of
// its own, as an answer comes whenever the person likes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "session/desktop_bus.h"
#include "session/notifier.h"

namespace vouch {

// The thread starts with the first question and rests while nothing happens; connected while a question is shown. Safe on any
// thread. See Notifier for Ask and TakeBack.
class DesktopQuestions {
 public:
  DesktopQuestions() = default;
  ~DesktopQuestions() { Stop(); }
  DesktopQuestions(const DesktopQuestions&) = delete;
  DesktopQuestions& operator=(const DesktopQuestions&) = delete;

  void Ask(const std::string& key, const Notice& question, Notifier::Answer answered);
  void TakeBack(const std::string& key);

  // Takes back what is shown, for a second at most; from now on nothing is asked, and no answer comes any more. Not on its thread,
  // and not on two at once.
  void Stop();

 private:
  struct Shown {
    std::shared_ptr<DesktopReply> notified;  // tells its id and the service, when it is done
    Notifier::Answer answered;
  };

  void Post(std::function<void()> job);
  bool stopping();

  // On the thread.
  void Run();
  bool DoJobs();
  void Show(const std::string& key, const Notice& question, Notifier::Answer answered);
  void Withdraw(const std::string& key);
  void Heard(const std::string& service, std::uint32_t id, const std::string& action);
  void Settle();
  void Failed(const std::string& why, const Notifier::Answer& answered);

  std::mutex mutex_;
  std::vector<std::function<void()>> jobs_;  // for the thread
  bool stopping_ = false;
  std::thread thread_;

  DesktopBus bus_;  // of the thread, but for Wake; as the next
  std::map<std::string, Shown> shown_;
  std::vector<std::shared_ptr<DesktopReply>> abandoned_;  // of questions that were taken back before their id was known
  bool failing_ = false;                                  // and that was logged
};

}  // namespace vouch
