#include "server/asker.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>

namespace vouch {
namespace {

std::optional<std::string> AskerIn(const std::map<pid_t, Process>& processes, pid_t asking = 10) {
  return Asker(asking, [&](pid_t pid) -> std::optional<Process> {
    const auto found = processes.find(pid);
    return found == processes.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Asker, IsTheProgramThatStartedTheHelper) {
  EXPECT_EQ(AskerIn({{10, {"vouch-credential-process", 9}}, {9, {"aws", 8}}, {8, {"bash", 1}}}), "aws");
  EXPECT_EQ(AskerIn({{10, {"vouch-exec-credential", 9}}, {9, {"kubectl", 8}}}), "kubectl");
  EXPECT_EQ(AskerIn({{10, {"vouch", 9}}, {9, {"aws", 8}}}), "aws");
}

TEST(Asker, IsFoundBehindTheShellThatSomeSdksUse) {
  EXPECT_EQ(AskerIn({{10, {"vouch-credential-process", 9}}, {9, {"sh", 8}}, {8, {"terraform", 7}}}), "terraform");
}

TEST(Asker, IsFoundWhereTheKernelCutTheNameOfTheHelper) {
  EXPECT_EQ(AskerIn({{10, {"vouch-credentia", 9}}, {9, {"aws", 8}}}), "aws");
  EXPECT_EQ(AskerIn({{10, {"vouch-exec-cred", 9}}, {9, {"k9s", 8}}}), "k9s");
}

TEST(Asker, MayAskWithoutOurHelpers) { EXPECT_EQ(AskerIn({{10, {"grpcurl", 9}}}), "grpcurl"); }

TEST(Asker, IsNobodyWhoNeedsANoticeWhenItIsVouchctl) {
  EXPECT_EQ(AskerIn({{10, {"vouchctl", 9}}, {9, {"bash", 8}}}), std::nullopt);
}

TEST(Asker, HasNoNameWhenItIsGoneOrHidden) {
  EXPECT_EQ(AskerIn({}), "");
  EXPECT_EQ(AskerIn({{10, {"vouch-credential-process", 1}}, {1, {"systemd", 0}}}), "");
  EXPECT_EQ(AskerIn({{10, {"sh", 10}}}), "") << "and the search ends";
}

TEST(Asker, IsReadFromTheConnectionOfTheCall) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);

  const auto asker = AskerOf("fd:" + std::to_string(ends[0]));

  EXPECT_EQ(asker, "unit_server") << "this process";
  close(ends[0]);
  close(ends[1]);
}

TEST(Asker, HasNoNameOnAConnectionOfAnotherKind) {
  EXPECT_EQ(AskerOf("ipv4:127.0.0.1:80"), "");
  EXPECT_EQ(AskerOf("fd:"), "");
  EXPECT_EQ(AskerOf("fd:99999"), "");
  EXPECT_EQ(AskerOf("unix:"), "");
}

}  // namespace
}  // namespace vouch
