// A desktop with memory: what is on the screen now, and everything that ever was.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
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

  void Ask(const std::string& key, const Notice& question, Answer answered) override {
    std::lock_guard lock(mutex_);
    asked.push_back(question);
    questions[key] = std::move(answered);
  }
  void TakeBack(const std::string& key) override {
    std::lock_guard lock(mutex_);
    questions.erase(key);
  }

  // What the person does with the question: a button, or nullopt for closing it.
  void Press(const std::string& key, std::optional<bool> allowed) {
    Answer answered;
    {
      std::lock_guard lock(mutex_);
      const auto found = questions.extract(key);
      if (!found) return;
      answered = found.mapped();
    }
    answered(allowed);
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
  std::vector<Notice> asked;
  std::map<std::string, Answer> questions;  // on the screen

 private:
  std::mutex mutex_;
};

}  // namespace vouch
