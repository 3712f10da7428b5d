// What a prompt shows, and what a shell evaluates.
#include "status_line.h"

#include <cstdio>
#include <memory>

#include <gtest/gtest.h>

namespace vouch {
namespace {

using agent::v1::GetStatusResponse;

GetStatusResponse Session(const std::string& email, std::int64_t seconds_left) {
  GetStatusResponse status;
  status.mutable_session()->set_email(email);
  status.mutable_session()->set_seconds_left(seconds_left);
  return status;
}

// What the shell prints for the script.
std::string Evaluate(const std::string& script) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(script.c_str(), "r"), pclose);
  std::string out;
  for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe.get())) != EOF;) out += static_cast<char>(c);
  return out;
}

TEST(StatusLine, TellsWhoAndHowLong) {
  EXPECT_EQ(FormatStatusLine(Session("alice@example.com", 7 * 3600 + 12 * 60)), "alice@example.com 7h12m\n");
  EXPECT_EQ(FormatStatusLine(Session("alice@example.com", 3 * 60 + 20)), "alice@example.com 3m\n");
  EXPECT_EQ(FormatStatusLine(Session("alice@example.com", 59)), "alice@example.com 59s\n");
  EXPECT_EQ(FormatStatusLine(Session("alice@example.com", -5)), "alice@example.com 0s\n");
}

TEST(StatusLine, RoundsToTheNearestMinute) {
  EXPECT_EQ(FormatStatusLine(Session("a@b", 8 * 3600 - 1)), "a@b 8h0m\n");
  EXPECT_EQ(FormatStatusLine(Session("a@b", 90)), "a@b 2m\n");
  EXPECT_EQ(FormatStatusLine(Session("a@b", 89)), "a@b 1m\n");
}

TEST(StatusLine, MarksACredentialThatCannotBeRenewed) {
  GetStatusResponse status = Session("a@b", 60);
  status.add_credentials();
  EXPECT_EQ(FormatStatusLine(status), "a@b 1m\n");
  status.add_credentials()->set_degraded(true);
  EXPECT_EQ(FormatStatusLine(status), "a@b 1m !\n");
}

TEST(StatusLine, SaysThatNothingIsHandedOut) {
  GetStatusResponse status = Session("a@b", 60);
  status.set_locked(true);
  EXPECT_EQ(FormatStatusLine(status), "a@b 1m locked\n");
  status.add_credentials()->set_degraded(true);
  EXPECT_EQ(FormatStatusLine(status), "a@b 1m locked !\n");
  EXPECT_TRUE(FormatStatusVariables(status).ends_with("\nVOUCH_LOCKED=1\n"));
}

TEST(StatusLine, SaysWhyThereIsNoSession) {
  GetStatusResponse status;
  EXPECT_EQ(FormatStatusLine(status), "vouch: not logged in\n");
  status.set_session_expired(true);
  EXPECT_EQ(FormatStatusLine(status), "vouch: session expired\n");
}

TEST(StatusLine, LeavesNothingThatAShellOrAPromptExpands) {
  EXPECT_EQ(FormatStatusLine(Session("$(id)`id`\\u%n#[x]!\"'{};&|<>*@b", 60)),
            "??id??id??u?n??x????????????@b 1m\n");
  EXPECT_EQ(FormatStatusLine(Session("a\n\x1b[31m\xc2\x9b@\xff", 60)), "a???31m??@? 1m\n");
  EXPECT_EQ(FormatStatusLine(Session("j\xc3\xbcrgen@b", 60)), "j\xc3\xbcrgen@b 1m\n");
}

TEST(StatusLine, CutsALongAddressBetweenCharacters) {
  const std::string line = FormatStatusLine(Session(std::string(63, 'a') + "\xc3\xbc@b", 60));
  EXPECT_EQ(line, std::string(63, 'a') + " 1m\n");
}

TEST(StatusVariables, AreThoseOfTheDocumentation) {
  EXPECT_EQ(FormatStatusVariables(Session("alice@example.com", 28800)),
            "VOUCH_AUTHENTICATED=1\nVOUCH_EMAIL='alice@example.com'\nVOUCH_EXPIRES_IN=28800\nVOUCH_LOCKED=0\n");
  EXPECT_EQ(FormatStatusVariables({}), "VOUCH_AUTHENTICATED=0\nVOUCH_EMAIL=''\nVOUCH_EXPIRES_IN=0\nVOUCH_LOCKED=0\n");
}

TEST(StatusVariables, RunNothingOfAHostileAddress) {
  const std::string hostile = "'; echo ran; '$(echo ran)`echo ran`\\'\\\\\"${HOME}";
  EXPECT_EQ(Evaluate(FormatStatusVariables(Session(hostile, 60)) + "printf '<%s>' \"$VOUCH_EMAIL\""), "<" + hostile + ">");
}

TEST(StatusVariables, AreOneLineEach) {
  EXPECT_EQ(FormatStatusVariables(Session("a\nVOUCH_AUTHENTICATED=0\n\x1b[m", 60)),
            "VOUCH_AUTHENTICATED=1\nVOUCH_EMAIL='a VOUCH_AUTHENTICATED=0  [m'\nVOUCH_EXPIRES_IN=60\nVOUCH_LOCKED=0\n");
}

}  // namespace
}  // namespace vouch
