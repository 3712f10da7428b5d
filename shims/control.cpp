#include "control.h"

#include <cstring>
#include <string>

#include "quick_status.h"
#include "self.h"

namespace vouch {
namespace {

constexpr Program kControl{"vouchctl", "vouchctl"};

int HandOver(char** argv) {
  const int error = BecomeControlProgram(argv);
  throw Failure(REASON_INTERNAL,
                "cannot run " + OwnFolder() + VOUCH_CONTROL_PROGRAM ": " + std::string(strerrordesc_np(error)),
                "install vouchctl again");
}

}  // namespace

int RunControl(int argc, char** argv) noexcept {
  const Words words = WordsOf(argc, argv);
  if (AsksForQuickStatus(words)) return RunQuickStatus(kControl, words);
  try {
    return HandOver(argv);
  } catch (const Failure& failure) {
    return Report(kControl, failure);
  } catch (const std::exception& exception) {
    return Report(kControl, Failure(REASON_INTERNAL, exception.what()));
  }
}

}  // namespace vouch
