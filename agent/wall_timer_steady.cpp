// Where there is no timerfd (macOS): a short steady timer that compares the clocks, so that a jump is seen within a few seconds.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/log.h"
#include "wall_timer.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds kLook{5000};
constexpr milliseconds kJump{1000};  // of the wall clock against the steady one; less is its daily correction

milliseconds WallMinusSteady() {
  return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch() - steady_clock::now().time_since_epoch());
}

}  // namespace

class WallTimer::Impl : public std::enable_shared_from_this<WallTimer::Impl> {
 public:
  explicit Impl(boost::asio::io_context& loop) : timer_(loop) {}

  void Wait(milliseconds delay, std::function<void()> done) {
    done_ = std::move(done);
    ends_ = steady_clock::now() + std::max(delay, milliseconds(0));
    wall_minus_steady_ = WallMinusSteady();
    WaitForIt();
  }

  void Cancel() {
    done_ = nullptr;
    timer_.cancel();
  }

 private:
  void WaitForIt() {
    timer_.expires_at(std::min(ends_, steady_clock::now() + kLook));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
      if (!cancelled) self->Look();
    });
  }

  void Look() {
    const bool jumped = std::chrono::abs(WallMinusSteady() - wall_minus_steady_) >= kJump;
    if (!jumped && steady_clock::now() < ends_) return WaitForIt();
    if (jumped) LogInfo("the clock of this machine was set, or it slept");
    if (auto done = std::exchange(done_, nullptr)) done();
  }

  boost::asio::steady_timer timer_;
  std::function<void()> done_;
  steady_clock::time_point ends_;
  milliseconds wall_minus_steady_{0};
};

WallTimer::WallTimer(boost::asio::io_context& loop, Read) : impl_(std::make_shared<Impl>(loop)) {}
WallTimer::~WallTimer() { impl_->Cancel(); }
void WallTimer::Wait(milliseconds delay, std::function<void()> done) { impl_->Wait(delay, std::move(done)); }
void WallTimer::Cancel() { impl_->Cancel(); }

}  // namespace vouch
