#include "reasons.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vouch {
namespace {

using namespace agent::v1;  // the enumerators

std::vector<Reason> AllReasons() {
  std::vector<Reason> all;
  for (int value = Reason_MIN; value <= Reason_MAX; ++value)
    if (Reason_IsValid(value)) all.push_back(static_cast<Reason>(value));
  return all;
}

TEST(Reasons, TheWalkFindsAllOfTheContract) { EXPECT_EQ(AllReasons().size(), 32U); }

TEST(Reasons, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (Reason reason : AllReasons()) {
    EXPECT_TRUE(names.insert(ReasonName(reason)).second) << reason << " has no row or a name that is taken";
    EXPECT_EQ(ReasonName(reason).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << reason;
  }
}

TEST(Reasons, EachExitCodeMeansFailure) {
  for (Reason reason : AllReasons()) {
    EXPECT_GE(ExitCode(reason), 1) << reason;
    EXPECT_LE(ExitCode(reason), 9) << reason;
  }
}

TEST(Reasons, EachGrpcCodeIsCanonicalAndNotOk) {
  for (Reason reason : AllReasons()) {
    EXPECT_GE(GrpcCode(reason), 1) << reason;
    EXPECT_LE(GrpcCode(reason), 16) << reason;
  }
}

TEST(Reasons, ExitCodesAreThoseOfTheDocumentation) {  // protocol reference 6.4
  const std::map<Reason, int> expected = {
      {REASON_INTERNAL, 1},        {REASON_CANCELLED, 1},        {REASON_NOT_LOGGED_IN, 2},
      {REASON_SESSION_EXPIRED, 2}, {REASON_SESSION_REVOKED, 2},  {REASON_NO_SECURITY_KEY, 3},
      {REASON_TOUCH_TIMEOUT, 3},   {REASON_UNREACHABLE, 4},      {REASON_UPSTREAM, 4},
      {REASON_DENIED, 5},          {REASON_CONFIGURATION, 6},    {REASON_STEP_UP_REQUIRED, 7},
      {REASON_RATE_LIMITED, 8},    {REASON_AGENT_UNREACHABLE, 9}};
  for (const auto& [reason, code] : expected) EXPECT_EQ(ExitCode(reason), code) << ReasonName(reason);
}

TEST(Reasons, AReasonOfANewerAgentIsInternal) {
  auto newer = static_cast<Reason>(9999);

  EXPECT_EQ(ReasonName(newer), "internal");
  EXPECT_EQ(ExitCode(newer), 1);
  EXPECT_EQ(GrpcCode(newer), 13);
}

}  // namespace
}  // namespace vouch
