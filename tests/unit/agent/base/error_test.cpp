#include "base/error.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>

#include "base/openssl.h"

namespace vouch {
namespace {

TEST(Error, CarriesReasonMessageAndRemedy) {
  Error error(REASON_NOT_LOGGED_IN, "not logged in", "run vouchctl login");

  EXPECT_EQ(error.reason(), REASON_NOT_LOGGED_IN);
  EXPECT_STREQ(error.what(), "not logged in");
  EXPECT_EQ(error.remedy(), "run vouchctl login");
}

TEST(IsTransient, IsTrueForOutagesAndFalseForRefusals) {
  const std::set<int> outages = {REASON_UNREACHABLE, REASON_UPSTREAM, REASON_BAD_ANSWER, REASON_RATE_LIMITED};
  for (int value = agent::v1::Reason_MIN; value <= agent::v1::Reason_MAX; ++value) {
    if (!agent::v1::Reason_IsValid(value)) continue;
    EXPECT_EQ(IsTransient(static_cast<Reason>(value)), outages.count(value) == 1) << value;
  }
}

TEST(OpenSslError, NamesTheCallAndEmptiesTheQueue) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);

  Error error = OpenSslError("EVP_Something");

  EXPECT_EQ(error.reason(), REASON_INTERNAL);
  EXPECT_TRUE(std::string(error.what()).starts_with("EVP_Something failed: error:")) << error.what();
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(OpenSslError, SaysNothingMoreWhenTheQueueIsEmpty) {
  ERR_clear_error();

  EXPECT_STREQ(OpenSslError("EVP_Something").what(), "EVP_Something failed");
}

}  // namespace
}  // namespace vouch
