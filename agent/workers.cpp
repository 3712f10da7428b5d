#include "workers.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/on_behalf.h"
#include "base/stack.h"

namespace vouch {
namespace {

// A background task logs its failure; it never takes the daemon down.
void RunLogged(const char* name, const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (const std::exception& e) {
    LogError(std::string(name) + " failed: " + e.what());
  } catch (...) {
    LogError(std::string(name) + " failed with an unknown exception");
  }
}

}  // namespace

Workers::Workers(boost::asio::io_context& loop) {
  executor_.post = [this](const char* name, std::function<void()> work) { Post(name, std::move(work)); };
  executor_.after = [&loop](Millis delay, std::function<void()> work) {
    boost::asio::post(loop, [&loop, delay, work = std::move(work)] {
      auto timer = std::make_shared<boost::asio::steady_timer>(loop, delay);
      timer->async_wait([timer, work](const boost::system::error_code& cancelled) {
        if (!cancelled) RunLogged("a timer", work);
      });
    });
  };
}

void Workers::Post(const char* name, std::function<void()> work) {
  {
    const pid_t pid = OnBehalfOf::Current();
    const std::lock_guard lock(mutex_);
    const auto known = by_pid_.find(pid);
    const auto process = known != by_pid_.end() ? known->second : processes_.insert(processes_.end(), {pid, {}, 0});
    by_pid_[pid] = process;
    process->waiting.push_back({name, std::move(work)});
    if (at_work_ == kThreads) return;  // each of them looks again
    ++at_work_;
  }
  boost::asio::post(pool_, [this] { Work(); });
}

// Until nothing more may be begun. A job that has to wait, since its process has enough threads, is begun by one of those.
void Workers::Work() {
  while (std::optional<Turn> turn = Next()) {
    {
      const OnBehalfOf behalf(turn->process->pid);
      RunLogged(turn->job.name, turn->job.work);
    }
    const auto process = turn->process;
    turn.reset();  // with what it held
    WipeUnusedStack();
    Done(process);
  }
}

// Of the process whose turn it is. Nothing when all that wait have enough threads.
std::optional<Workers::Turn> Workers::Next() {
  const std::lock_guard lock(mutex_);
  const auto process = std::find_if(processes_.begin(), processes_.end(),
                                    [](const Process& one) { return !one.waiting.empty() && one.running < kMostForOne; });
  if (process == processes_.end()) {
    --at_work_;
    return std::nullopt;
  }
  Turn turn{process, std::move(process->waiting.front())};
  process->waiting.pop_front();
  ++process->running;
  processes_.splice(processes_.end(), processes_, process);
  return turn;
}

void Workers::Done(Processes::iterator process) {
  const std::lock_guard lock(mutex_);
  if (--process->running > 0 || !process->waiting.empty()) return;
  by_pid_.erase(process->pid);
  processes_.erase(process);
}

}  // namespace vouch
