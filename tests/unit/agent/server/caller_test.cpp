#include "server/caller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "fakes/fake_processes.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

using One = FakeProcesses::One;

constexpr const char* kHelper = "/opt/vouch/bin/vouch-credential-process";

Program Find(const std::map<pid_t, One>& all, bool has_ended = false) {
  FakeProcesses processes(all);
  const Caller caller = Meet(Peer{1000, 10}, "", processes.table);
  if (has_ended) processes.all.erase(10);
  return FindProgram(caller, processes.table);
}

// As `find` finds it once it is right: on a busy machine a look may come late, and then something is not known.
template <typename Find, typename IsRight>
Program FindUntil(IsRight is_right, Find find) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  Program program = find();
  while (!is_right(program) && std::chrono::steady_clock::now() < end) program = find();
  return program;
}

TEST(Caller, ProgramIsTheOneThatStartedTheHelper) {
  const Program program = Find({{10, {{"vouch-credentia", 9, 5}, kHelper}},
                                {9, {{"terraform", 8, 4}, "/usr/local/bin/terraform"}},
                                {8, {{"bash", 1, 1}, "/usr/bin/bash"}}});

  EXPECT_EQ(program.path, "/usr/local/bin/terraform");
  EXPECT_EQ(program.pid, 9);
  EXPECT_TRUE(program.genuine);
}

TEST(Caller, ProgramIsTheScriptOfAnInterpreter) {
  const auto script = [](std::vector<std::string> arguments, const std::string& interpreter = "/usr/bin/python3.11") {
    return Find({{10, {{"x", 9, 5}, interpreter, std::move(arguments), "/srv"}}}).path;
  };

  EXPECT_EQ(script({"/usr/bin/python3", "/opt/tools/aws", "s3", "ls"}), "/opt/tools/aws");
  EXPECT_EQ(script({"python3", "-sE", "-W", "ignore", "tool.py"}), "/srv/tool.py");
  EXPECT_EQ(script({"python3", "sub/../tool.py"}), "/srv/tool.py");
  EXPECT_EQ(script({"node", "--require", "x", "/opt/app.js"}, "/usr/bin/node"), "/opt/app.js");
  EXPECT_EQ(script({"bash", "--", "/opt/run"}, "/usr/bin/bash"), "/opt/run");
  EXPECT_EQ(script({"sh", "/opt/run.sh"}, "/usr/bin/dash"), "/opt/run.sh");
  EXPECT_EQ(script({"python3", "-c", "import x", "/usr/bin/aws"}), "/usr/bin/python3.11") << "it runs no script";
  EXPECT_EQ(script({"python3", "-m", "awscli"}), "/usr/bin/python3.11");
  EXPECT_EQ(script({"bash"}, "/usr/bin/bash"), "/usr/bin/bash");
  EXPECT_EQ(script({}), "/usr/bin/python3.11");
  EXPECT_EQ(script({"aws", "/opt/tools/aws"}, "/usr/local/bin/aws"), "/usr/local/bin/aws") << "no interpreter";
}

TEST(Caller, FollowsALinkToTheScript) {
  const TempFolder folder;
  std::ofstream(folder.At("real")) << "#!/usr/bin/python3\n";
  std::filesystem::create_symlink(folder.At("real"), folder.At("aws"));

  const std::string script = std::filesystem::canonical(folder.At("real"));

  const Program program = FindUntil([&](const Program& it) { return it.path == script; }, [&] {
    return Find({{10, {{"aws", 9, 5}, "/usr/bin/python3", {"python3", folder.At("aws")}, "/"}}});
  });

  EXPECT_EQ(program.path, script);
}

TEST(Caller, PassesOverTheShellThatSomeSdksUse) {
  const auto behind = [](std::vector<std::string> arguments) {
    return Find({{10, {{"vouch-credentia", 9, 5}, kHelper}},
                 {9, {{"sh", 8, 5}, "/usr/bin/dash", std::move(arguments), "/srv"}},
                 {8, {{"terraform", 7, 4}, "/usr/local/bin/terraform"}}})
        .path;
  };

  EXPECT_EQ(behind({"sh", "-c", "vouch-credential-process --role x"}), "/usr/local/bin/terraform");
  EXPECT_EQ(behind({"sh", "evil.sh"}), "/srv/evil.sh") << "that is a program of its own";
  EXPECT_EQ(behind({"sh"}), "/usr/bin/dash");
}

TEST(Caller, AHelperFromElsewhereIsAProgramOfItsOwn) {
  const Program program = Find({{10, {{"vouch-credentia", 9, 5}, "/tmp/evil/vouch-credential-process"}},
                                {9, {{"aws", 8, 4}, "/usr/local/bin/aws"}}});

  EXPECT_EQ(program.path, "/tmp/evil/vouch-credential-process");
}

TEST(Caller, ANameThatAProcessGivesItselfChangesNothing) {
  const Program program = Find({{10, {{"vouch-credentia", 9, 5}, "/tmp/evil"}}, {9, {{"aws", 8, 4}, "/usr/local/bin/aws"}}});

  EXPECT_EQ(program.path, "/tmp/evil");
  EXPECT_TRUE(program.genuine);
}

TEST(Caller, IsNotGenuineWhereSomethingOnTheWayIsNotShown) {
  EXPECT_FALSE(Find({{10, {{"vouch-credentia", 9, 5}, ""}}, {9, {{"aws", 8, 4}, "/usr/local/bin/aws"}}}).genuine)
      << "undumpable, it may be anything";
  EXPECT_FALSE(Find({{10, {{"vouch-credentia", 9, 5}, kHelper}}, {9, {{"aws", 8, 4}, ""}}}).genuine);
  EXPECT_FALSE(Find({{10, {{"aws", 9, 5}, "/usr/local/bin/aws", {}, {}, /*is_file=*/false}}}).genuine) << "mounted over it";
  EXPECT_FALSE(Find({{10, {{"vouch-credentia", 9, 5}, kHelper, {}, {}, false}}, {9, {{"aws", 8, 4}, "/usr/local/bin/aws"}}}).genuine);
}

TEST(Caller, IsFoundForTheAuditLogWhenTheHelperHasEnded) {
  const Program program = Find({{10, {{"vouch-credentia", 9, 5}, kHelper}}, {9, {{"aws", 8, 4}, "/usr/local/bin/aws"}}},
                               /*has_ended=*/true);

  EXPECT_EQ(program.path, "/usr/local/bin/aws");
  EXPECT_FALSE(program.genuine) << "a policy does not go by it";
}

TEST(Caller, IsNotAProcessThatHasTheNumberOfAParentThatIsGone) {
  const Program program = Find({{10, {{"vouch-credentia", 9, 5}, kHelper}}, {9, {{"other", 8, 6}, "/usr/bin/other"}}});

  EXPECT_EQ(program.pid, 10);
  EXPECT_EQ(program.path, kHelper);
  EXPECT_FALSE(program.genuine);
}

TEST(Caller, TheSearchEnds) {
  EXPECT_FALSE(Find({{10, {{"vouch", 10, 5}, "/usr/bin/vouch"}}}).genuine);
  EXPECT_EQ(Find({}).pid, 10);
  EXPECT_FALSE(Find({}).genuine);
  EXPECT_EQ(Find({{10, {{"vouch-exec-cred", 1, 5}, "/usr/bin/vouch-exec-credential"}}}).pid, 10) << "its parent is gone";
}

TEST(Caller, HasANameInANotice) {
  const auto name = [](Program program) { return NameInNotice(program); };

  EXPECT_EQ(name({9, "/opt/tools/aws", "aws", true}), "aws");
  EXPECT_EQ(name({9, "", "kubectl", false}), "kubectl") << "where the path is not shown";
  EXPECT_EQ(name({9, "/usr/libexec/vouch/vouchctl-main", "vouchctl-main", true}), std::nullopt);
  EXPECT_EQ(name({9, "", "vouch-credentia", false}), "") << "whoever is behind it is gone";
  EXPECT_EQ(name({}), "");
}

TEST(Caller, OfACallIsTheProcessAtItsConnection) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);

  const Caller caller = Meet("fd:" + std::to_string(ends[0]), "some-agent");
  const Program program = FindUntil([](const Program& it) { return it.genuine; }, [&] { return FindProgram(caller); });

  EXPECT_EQ(caller.peer.pid, getpid());
  EXPECT_EQ(caller.peer.uid, geteuid());
  EXPECT_EQ(caller.agent_source, "some-agent");
  ASSERT_TRUE(caller.process.has_value());
  EXPECT_EQ(caller.process->parent, getppid());
  EXPECT_GT(caller.process->started, 0U);
  EXPECT_TRUE(program.path.ends_with("/unit_guard")) << program.path;
  EXPECT_TRUE(program.genuine);
  close(ends[0]);
  close(ends[1]);
}

TEST(Caller, OfACallOfAnotherKindIsNobody) {
  for (const char* peer : {"ipv4:127.0.0.1:80", "fd:", "fd:99999", "unix:"}) {
    const Caller caller = Meet(std::string(peer), "");
    EXPECT_EQ(caller.peer.pid, 0) << peer;
    EXPECT_FALSE(FindProgram(caller).genuine) << peer;
  }
}

}  // namespace
}  // namespace vouch
