// A person in front of a terminal, for tests of what asks: what the screen shows, and what is typed.
#pragma once

#include <gtest/gtest.h>
#include <pty.h>

#include <atomic>
#include <mutex>
#include <streambuf>
#include <string>
#include <thread>
#include <vector>

#include "unique_fd.h"

namespace vouch {

// stderr that one thread writes and another looks at.
class Screen : public std::streambuf {
 public:
  std::string Text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    text_.clear();
  }

 protected:
  int_type overflow(int_type c) override {
    const std::lock_guard lock(mutex_);
    text_ += traits_type::to_char_type(c);
    return c;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

// A person at a pseudo-terminal who types the next line whenever the next question is on the screen.
class Typist {
 public:
  Typist(const Screen& screen, std::vector<std::string> lines) : screen_(screen), lines_(std::move(lines)) {
    char name[64];
    int master = -1, slave = -1;
    EXPECT_EQ(openpty(&master, &slave, name, nullptr, nullptr), 0);
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    name_ = name;
    thread_ = std::thread([this] { Work(); });
  }
  ~Typist() {
    stop_ = true;
    thread_.join();
  }
  int fd() const { return slave_.get(); }
  const std::string& name() const { return name_; }
  std::size_t typed() const { return typed_; }

 private:
  void Work() {
    for (const std::string& line : lines_) {
      while (!stop_ && Questions() <= typed_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (stop_) return;
      const std::string text = line + "\n";
      ++typed_;  // before it is: the login may be over as soon as it has the line
      EXPECT_EQ(write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
  }

  std::size_t Questions() const {
    const std::string text = screen_.Text();
    std::size_t count = 0;
    for (const std::string question :
         {"PIN of the security key: ", "(yes/no) ", "New PIN (8 to 63 characters): ", "The same again: "})
      for (auto at = text.find(question); at != std::string::npos; at = text.find(question, at + 1)) ++count;
    return count;
  }

  const Screen& screen_;
  const std::vector<std::string> lines_;
  std::atomic<std::size_t> typed_ = 0;
  UniqueFd master_, slave_;
  std::string name_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace vouch
