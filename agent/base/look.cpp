#include "base/look.h"

#include <exception>
#include <thread>

#include "base/bounded_wait.h"

namespace vouch {
namespace {

using Looks = BoundedWait<std::function<void()>>;

// What failed has found nothing.
void Run(std::function<void()>& look) {
  try {
    look();
  } catch (const std::exception&) {
  }
  look = nullptr;
}

Looks* Start() {
  auto looks = std::make_unique<Looks>();
  std::thread([looks = looks.get()] { looks->Serve(Run); }).detach();
  return looks.release();  // the thread's, to the end
}

}  // namespace

bool RunLook(std::function<void()> look) {
  try {
    static Looks* const looks = Start();  // confined, as whoever asks first
    return looks->Ask(look) == Looks::Outcome::kAnswered;
  } catch (const std::exception&) {  // no thread to be had; tried again next time
    return false;
  }
}

}  // namespace vouch
