// Notifier of the desktop: org.freedesktop.Notifications on the session bus (Desktop Notifications Specification 1.2). Made by
// the agent at start.
#pragma once

#include <memory>

#include "session/notifier.h"

namespace vouch {

// Show and Withdraw give up after a second; what the service answers later is still taken note of, so that a notice that a service
// shows slowly at its start can be withdrawn, too. Connects when there is something to say, and stays connected while a notice is
// shown: desktops take away the notices of whom the bus has lost. Questions are desktop_questions'. Starts no bus. Safe on any thread.
class DesktopNotifier final : public Notifier {
 public:
  DesktopNotifier();
  ~DesktopNotifier() override;

  // Whether the environment names a session bus, or there is one at its usual place.
  bool available() const override;
  void Show(const std::string& key, const Notice& notice) override;
  void Withdraw(const std::string& key) override;
  void Ask(const std::string& key, const Notice& question, Answer answered) override;
  void TakeBack(const std::string& key) override;

  // Takes back the questions that are shown, for a second at most; from now on nothing is asked, and no answer comes any more.
  void StopAsking();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vouch
