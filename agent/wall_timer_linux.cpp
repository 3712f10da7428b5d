#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "wall_timer.h"

namespace vouch {
namespace {

constexpr long kNanos = 1'000'000'000;

int MakeTimer() {
  const int descriptor = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) throw Error(REASON_INTERNAL, std::string("no timer: ") + std::strerror(errno));
  return descriptor;
}

int ReadTimer(int descriptor) {
  std::uint64_t times = 0;
  return read(descriptor, &times, sizeof times) == sizeof times ? 0 : errno;
}

// By the kernel, not by libc: under a preloaded library that shifts the time of libc alone the timer would run for hours, or end
// again and again.
itimerspec KernelTimeIn(std::chrono::milliseconds delay) {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  const long nanos = now.tv_nsec + static_cast<long>(delay.count() % 1000) * 1'000'000;
  itimerspec at{};
  at.it_value.tv_sec = now.tv_sec + delay.count() / 1000 + nanos / kNanos;
  at.it_value.tv_nsec = nanos % kNanos;
  return at;
}

}  // namespace

class WallTimer::Impl : public std::enable_shared_from_this<WallTimer::Impl> {
 public:
  Impl(boost::asio::io_context& loop, Read read) : read_(read ? std::move(read) : ReadTimer), timer_(loop, MakeTimer()) {}

  void Wait(std::chrono::milliseconds delay, std::function<void()> done) {
    Cancel();
    done_ = std::move(done);
    // The clock was set since the last read, and no read will tell of it any more.
    if (Set(std::max(delay, std::chrono::milliseconds(0))) == ECANCELED)
      boost::asio::post(timer_.get_executor(), [self = shared_from_this(), wait = waits_] {
        if (wait == self->waits_) self->ClockWasSet();
      });
    WaitForIt();
  }

  void Cancel() {
    ++waits_;
    done_ = nullptr;
    timer_.cancel();
  }

 private:
  int Set(std::chrono::milliseconds delay) {
    const itimerspec at = KernelTimeIn(delay);
    if (syscall(SYS_timerfd_settime, timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, nullptr) == 0) return 0;
    const int failure = errno;
    if (failure != ECANCELED) LogError(std::string("a timer cannot be set: ") + std::strerror(failure));
    return failure;
  }

  void WaitForIt() {
    timer_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this(), wait = waits_](const boost::system::error_code& failed) {
                        if (!failed && wait == self->waits_) self->Readable();
                      });
  }

  void Readable() {
    const int came = read_(timer_.native_handle());
    if (came == EAGAIN || came == EINTR) return WaitForIt();
    if (came == ECANCELED) return ClockWasSet();
    End();
  }

  void ClockWasSet() {
    LogInfo("the clock of this machine was set");
    End();
  }

  void End() {
    if (auto done = std::exchange(done_, nullptr)) done();
  }

  const Read read_;
  boost::asio::posix::stream_descriptor timer_;
  std::function<void()> done_;
  std::uint64_t waits_ = 0;  // tells a wait from the one that replaced it
};

WallTimer::WallTimer(boost::asio::io_context& loop, Read read) : impl_(std::make_shared<Impl>(loop, std::move(read))) {}
WallTimer::~WallTimer() { impl_->Cancel(); }
void WallTimer::Wait(std::chrono::milliseconds delay, std::function<void()> done) { impl_->Wait(delay, std::move(done)); }
void WallTimer::Cancel() { impl_->Cancel(); }

}  // namespace vouch
