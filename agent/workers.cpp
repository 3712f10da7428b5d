#include "workers.h"

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
    const std::lock_guard lock(mutex_);
    processes_[OnBehalfOf::Current()].waiting.push_back({name, std::move(work)});
  }
  boost::asio::post(pool_, [this] { Work(); });
}

// Until nothing more may be begun. A job that has to wait, since its process has enough threads, is begun by one of those.
void Workers::Work() {
  while (std::optional<Turn> turn = Next()) {
    {
      const OnBehalfOf behalf(turn->pid);
      RunLogged(turn->job.name, turn->job.work);
    }
    const pid_t pid = turn->pid;
    turn.reset();  // with what it held
    WipeUnusedStack();
    Done(pid);
  }
}

// The next process's after the last one's. Nothing when all that wait have enough threads.
std::optional<Workers::Turn> Workers::Next() {
  const std::lock_guard lock(mutex_);
  auto process = processes_.upper_bound(last_);
  for (std::size_t i = 0; i < processes_.size(); ++i, ++process) {
    if (process == processes_.end()) process = processes_.begin();
    auto& [pid, one] = *process;
    if (one.waiting.empty() || one.running >= kMostForOne) continue;
    Turn turn{pid, std::move(one.waiting.front())};
    one.waiting.pop_front();
    ++one.running;
    last_ = pid;
    return turn;
  }
  return std::nullopt;
}

void Workers::Done(pid_t pid) {
  const std::lock_guard lock(mutex_);
  const auto process = processes_.find(pid);
  if (--process->second.running == 0 && process->second.waiting.empty()) processes_.erase(process);
}

}  // namespace vouch
