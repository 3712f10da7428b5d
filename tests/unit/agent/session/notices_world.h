// What tests of the notices start from: a session, a desktop, and the clock of both.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fakes/fake_notifier.h"
#include "fakes/session_world.h"
#include "session/notices.h"

namespace vouch {

using Titles = std::vector<std::string>;
constexpr char kUs[] = "https://us.vouch.sh", kEu[] = "https://eu.vouch.sh";

class NoticesTest : public testing::Test {
 protected:
  // As the timer of the agent does it. Returns the seconds until the next look.
  std::int64_t Look() {
    world_.sessions.Expire();
    const std::int64_t next = notices_.Look();
    world_.steps.RunPosted();
    return next;
  }

  // Moves the clock to where the session at that server has this long to go, looking whenever something is due.
  void LiveUntilLeft(std::int64_t seconds, const std::string& server = "") {
    const std::int64_t end = world_.sessions.Require(server)->identity().expires_at;
    while (world_.clock.Seconds() < end - seconds) world_.clock.Advance(std::min(Look(), end - seconds - world_.clock.Seconds()));
    Look();
  }

  // Suspends the machine until then.
  void SuspendUntilLeft(std::int64_t seconds) {
    world_.clock.Suspend(world_.sessions.Require()->identity().expires_at - seconds - world_.clock.Seconds());
    Look();
  }

  void Refuse(const std::string& program = "aws", const std::string& server = "", Reason reason = REASON_SESSION_EXPIRED) {
    notices_.HelperRefused(server, reason, [&] {
      ++asked_;
      return program;
    });
    world_.steps.RunPosted();
  }

  void EndSession() {
    world_.clock.Advance(world_.sessions.Require()->identity().expires_at - world_.clock.Seconds());
    Look();
  }

  Notice OnScreen(const std::string& server = kUs) { return screen_.on_screen.at(server); }

  SessionWorld world_;
  FakeNotifier screen_;
  bool wanted_ = true;
  int asked_ = 0;
  Notices notices_{{world_.sessions, screen_, world_.clock, world_.steps.executor(), [this] { return wanted_; }}};
};

}  // namespace vouch
