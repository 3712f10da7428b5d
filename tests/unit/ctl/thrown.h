// What a call threw, for tests of failures.
#pragma once

#include <gtest/gtest.h>

#include "error.h"

namespace vouch {

// The Error that `call` throws; a failure of the test when it throws none.
template <typename Call>
Error ThrownBy(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(REASON_UNSPECIFIED, "");
}

}  // namespace vouch
