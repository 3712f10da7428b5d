#include "fido/fido_error.h"

#include <fido.h>
#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(FidoError, GivesEachCtapCodeItsReason) {
  EXPECT_EQ(FidoError(FIDO_ERR_NO_CREDENTIALS, "sign").reason(), REASON_NO_CREDENTIAL);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_INVALID, "sign").reason(), REASON_PIN_WRONG);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_BLOCKED, "sign").reason(), REASON_PIN_BLOCKED);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_AUTH_BLOCKED, "sign").reason(), REASON_PIN_BLOCKED);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_NOT_SET, "sign").reason(), REASON_PIN_NOT_SET);
  EXPECT_EQ(FidoError(FIDO_ERR_USER_ACTION_TIMEOUT, "sign").reason(), REASON_TOUCH_TIMEOUT);
  EXPECT_EQ(FidoError(FIDO_ERR_ACTION_TIMEOUT, "sign").reason(), REASON_TOUCH_TIMEOUT);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_AUTH_INVALID, "sign").reason(), REASON_SECURITY_KEY);
  EXPECT_EQ(FidoError(FIDO_ERR_RX, "sign").reason(), REASON_SECURITY_KEY);
  EXPECT_EQ(FidoError(FIDO_ERR_CREDENTIAL_EXCLUDED, "sign").reason(), REASON_KEY_EXISTS);
  EXPECT_EQ(FidoError(FIDO_ERR_UV_INVALID, "sign").reason(), REASON_PIN_WRONG);
  EXPECT_EQ(FidoError(FIDO_ERR_UV_BLOCKED, "sign").reason(), REASON_PIN_BLOCKED);
  EXPECT_EQ(FidoError(FIDO_ERR_PIN_POLICY_VIOLATION, "sign").reason(), REASON_PIN_WRONG);
  EXPECT_EQ(FidoError(FIDO_ERR_KEY_STORE_FULL, "sign").reason(), REASON_SECURITY_KEY);
  EXPECT_NE(std::string(FidoError(FIDO_ERR_CHANNEL_BUSY, "sign").what()).find("another program"), std::string::npos);
}

TEST(FidoError, TellsTheTwoKindsOfBlockedApart) {
  EXPECT_STREQ(FidoError(FIDO_ERR_PIN_AUTH_BLOCKED, "sign").what(), "too many wrong PINs in a row");
  EXPECT_STREQ(FidoError(FIDO_ERR_PIN_BLOCKED, "sign").what(), "the PIN is blocked for good after too many wrong ones");
}

TEST(FidoError, NamesWhatHasNoWordsOfOurs) {
  EXPECT_STREQ(FidoError(FIDO_ERR_LIMIT_EXCEEDED, "sign").what(),
               "the security key could not sign: FIDO_ERR_LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace vouch
