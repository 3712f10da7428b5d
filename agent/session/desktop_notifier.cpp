#include "session/desktop_notifier.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.h"
#include "session/desktop_bus.h"
#include "session/desktop_questions.h"
#include "session/session_bus.h"

namespace vouch {
namespace {

constexpr std::chrono::milliseconds kLimit{1000};

}  // namespace

class DesktopNotifier::Impl {
 public:
  ~Impl() {
    if (!bus_.connected()) return;
    const Turn turn(*this);
    bus_.Wait([this] { return !bus_.busy(); }, deadline_);
    Settle();
    Disconnect();
  }

  void Show(const std::string& key, const Notice& notice) {
    const Turn turn(*this);
    if (const std::string failure = bus_.Connect(deadline_); !failure.empty()) return Failed(failure);
    const auto abilities = bus_.GetCapabilities();
    const bool known = Wait(*abilities);
    if (known && !abilities->failure().empty()) return Failed("there is no notification service (" + abilities->failure() + ")");
    // The id of another service, or of one before its restart, may be somebody else's notice there.
    std::uint32_t replaces = 0;
    if (const auto before = shown_.find(key); before != shown_.end() && known && before->second.service == abilities->sender())
      replaces = before->second.id;
    else Close(key);
    Abandon(key);
    const auto answer = awaited_[key] = bus_.Notify(notice, replaces, abilities->Abilities());
    if (!Wait(*answer)) return Failed("the notification service does not answer");
    if (const std::string failure = answer->failure(); !failure.empty()) Failed("the notification service refuses it (" + failure + ")");
    else failing_ = false;
    Settle();
  }

  void Withdraw(const std::string& key) {
    const Turn turn(*this);
    if (const auto awaited = awaited_.find(key); awaited != awaited_.end()) Wait(*awaited->second);
    Settle();
    Abandon(key);
    if (const auto closed = Close(key)) Wait(*closed);
    if (shown_.empty() && awaited_.empty() && abandoned_.empty()) Disconnect();
  }

  DesktopQuestions& questions() { return questions_; }

 private:
  struct Shown {
    std::uint32_t id;
    std::string service;  // unique name on the bus
  };

  // One call from outside: its deadline, and GLib's answers on this thread.
  class Turn {
   public:
    explicit Turn(Impl& impl) : lock_(impl.mutex_), turn_(impl.bus_) {
      impl.deadline_ = std::chrono::steady_clock::now() + kLimit;
      if (impl.bus_.lost()) impl.Disconnect();
      impl.Settle();
    }

   private:
    const std::lock_guard<std::mutex> lock_;
    const DesktopBus::Turn turn_;
  };

  void Disconnect() {
    bus_.Disconnect();
    shown_.clear();
    awaited_.clear();
    abandoned_.clear();
  }

  bool Wait(const DesktopReply& reply) {
    return bus_.Wait([&reply] { return reply.done(); }, deadline_);
  }

  // Takes note of what was answered meanwhile.
  void Settle() {
    std::erase_if(awaited_, [this](const auto& one) {
      const DesktopReply& reply = *one.second;
      if (reply.done() && reply.NoticeId()) shown_[one.first] = {*reply.NoticeId(), reply.sender()};
      return reply.done();
    });
    std::erase_if(abandoned_, [this](const auto& one) {
      if (one->done() && one->NoticeId()) bus_.Close(one->sender(), *one->NoticeId());
      return one->done();
    });
  }

  // To be withdrawn as soon as its id is known.
  void Abandon(const std::string& key) {
    if (auto awaited = awaited_.extract(key)) abandoned_.push_back(std::move(awaited.mapped()));
  }

  std::shared_ptr<DesktopReply> Close(const std::string& key) {
    const auto shown = shown_.extract(key);
    return shown ? bus_.Close(shown.mapped().service, shown.mapped().id) : nullptr;
  }

  void Failed(const std::string& why) {
    if (!std::exchange(failing_, true)) LogInfo("no desktop notices: " + why);
  }

  std::mutex mutex_;
  DesktopBus bus_;
  DesktopBus::Deadline deadline_;
  std::map<std::string, Shown> shown_;
  std::map<std::string, std::shared_ptr<DesktopReply>> awaited_;  // of Notify, for notices that are still wanted
  std::vector<std::shared_ptr<DesktopReply>> abandoned_;          // of Notify, for those that are not
  bool failing_ = false;                                          // and that was logged
  DesktopQuestions questions_;
};

DesktopNotifier::DesktopNotifier() : impl_(std::make_unique<Impl>()) {}
DesktopNotifier::~DesktopNotifier() = default;
bool DesktopNotifier::available() const { return !SessionBusAddress().empty(); }
void DesktopNotifier::Show(const std::string& key, const Notice& notice) { impl_->Show(key, notice); }
void DesktopNotifier::Withdraw(const std::string& key) { impl_->Withdraw(key); }
void DesktopNotifier::Ask(const std::string& key, const Notice& question, Answer answered) {
  impl_->questions().Ask(key, question, std::move(answered));
}
void DesktopNotifier::TakeBack(const std::string& key) { impl_->questions().TakeBack(key); }
void DesktopNotifier::StopAsking() { impl_->questions().Stop(); }

}  // namespace vouch
