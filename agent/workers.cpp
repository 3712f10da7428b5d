#include "workers.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <typeinfo>

#include "base/log.h"
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
  executor_.post = [this](const char* name, std::function<void()> work) {
    boost::asio::post(pool_, [name, work = std::move(work)]() mutable {
      RunLogged(name, work);
      work = nullptr;  // with what it held
      WipeUnusedStack();
    });
  };
  executor_.after = [&loop](Millis delay, std::function<void()> work) {
    boost::asio::post(loop, [&loop, delay, work = std::move(work)] {
      auto timer = std::make_shared<boost::asio::steady_timer>(loop, delay);
      timer->async_wait([timer, work](const boost::system::error_code& cancelled) {
        if (!cancelled) RunLogged("a timer", work);
      });
    });
  };
}

}  // namespace vouch
