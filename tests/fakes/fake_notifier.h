// A desktop with memory: what is on the screen now, and everything that ever was.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "session/notifier.h"

namespace vouch {

class FakeNotifier final : public Notifier {
 public:
  bool available() const override { return there; }
  void Show(const std::string& key, const Notice& notice) override {
    std::lock_guard lock(mutex_);
    on_screen[key] = notice;
    raised.push_back(notice);
  }
  void Withdraw(const std::string& key) override {
    std::lock_guard lock(mutex_);
    on_screen.erase(key);
    ++withdrawals;
  }

  // The titles of all that were raised, in order.
  std::vector<std::string> Titles() const {
    std::vector<std::string> titles;
    for (const Notice& notice : raised) titles.push_back(notice.title);
    return titles;
  }

  bool there = true;
  std::map<std::string, Notice> on_screen;
  std::vector<Notice> raised;
  int withdrawals = 0;

 private:
  std::mutex mutex_;
};

}  // namespace vouch
