#include "interrupt.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "error.h"

namespace vouch {
namespace {

constexpr std::chrono::milliseconds kRepeat{200};
constexpr std::chrono::seconds kObeyed{1};  // from the first signal on, after which a second one is not asked about

// What has not ended by itself (a call of libfido2 to a key that sends without a pause) ends here, unless somebody has a handler for
// it (user_file, while it writes) or it is ignored.
void EndBy(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  std::raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
}

struct Pipe {
  UniqueFd read, write;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

int MillisecondsUntil(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000));
}

Interrupt::Interrupt() {
  Pipe pipe = MakePipe();
  read_ = std::move(pipe.read);
  write_ = std::move(pipe.write);
  sigemptyset(&signals_);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { TakeSignals(); });
}

Interrupt::~Interrupt() {
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::Set() {
  if (set_.exchange(true)) return;
  write_ = UniqueFd();  // end of file is readable for ever
}

void Interrupt::TakeSignals() {
  Deadline obeyed = Deadline::max();
  for (;;) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (stopping_) return;
    if (std::chrono::steady_clock::now() >= obeyed) EndBy(signal);
    if (stopping_) return;  // its own signal may have gone with the other
    obeyed = std::min(obeyed, std::chrono::steady_clock::now() + kObeyed);
    Set();
  }
}

void Interrupt::SleepUntil(Deadline until) const {
  pollfd wait{fd(), POLLIN, 0};
  while (poll(&wait, 1, MillisecondsUntil(until)) < 0 && errno == EINTR) {
  }
  if (IsSet()) throw Error(REASON_CANCELLED, "cancelled");
}

Watch::Watch(const Interrupt& interrupt, Deadline deadline, std::function<void()> stop)
    : interrupt_(interrupt), deadline_(deadline), stop_(std::move(stop)) {
  Pipe pipe = MakePipe();
  read_ = std::move(pipe.read);
  write_ = std::move(pipe.write);
  thread_ = std::thread([this] { Run(); });
}

Watch::Cause Watch::End() {
  write_ = UniqueFd();
  if (thread_.joinable()) thread_.join();
  return cause_;
}

void Watch::Run() {
  Deadline next = deadline_;
  for (;;) {
    // Once it has fired, the interrupt stays readable: only the end and the next repetition are waited for.
    std::array<pollfd, 2> wait{{{read_.get(), POLLIN, 0}, {interrupt_.fd(), POLLIN, 0}}};
    const nfds_t count = cause_ == Cause::kNone ? 2 : 1;
    if (poll(wait.data(), count, MillisecondsUntil(next)) < 0 && errno == EINTR) continue;
    if (wait[0].revents != 0) return;
    if (cause_ == Cause::kNone) cause_ = interrupt_.IsSet() ? Cause::kInterrupt : Cause::kDeadline;
    stop_();
    next = std::chrono::steady_clock::now() + kRepeat;
  }
}

}  // namespace vouch
