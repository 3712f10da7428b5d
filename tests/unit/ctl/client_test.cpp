#include "client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <future>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

UniqueFd Bind(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// Whether `call` does not wait. A busy machine may hold some of the tries; one that waits does so in each.
template <typename Call>
bool IsQuick(Call call) {
  for (int i = 0; i < 20; ++i) {
    const auto start = Clock::now();
    call();
    if (Clock::now() - start < milliseconds(200)) return true;
  }
  return false;
}

TEST(Client, BringsTheAnswer) {
  FakeAgent agent;
  agent.status.set_agent_version("1.2.3");
  GetStatusRequest request;
  request.set_client_version("0.1.0");

  EXPECT_EQ(Client(agent.socket()).GetStatus(request).agent_version(), "1.2.3");
  EXPECT_EQ(agent.asked_status().client_version(), "0.1.0");
}

// As after a long while without a question, or a restart.
TEST(Client, ConnectsAgainWhenTheAgentHasHungUp) {
  const TemporaryFolder folder;
  const std::string path = folder / "vouchd.sock";
  auto first = std::make_unique<FakeAgent>();
  ASSERT_EQ(symlink(first->socket().c_str(), path.c_str()), 0);
  Client client(path);
  client.GetStatus({});

  first.reset();
  FakeAgent second;
  second.status.set_agent_version("2");
  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(symlink(second.socket().c_str(), path.c_str()), 0);

  EXPECT_EQ(client.GetStatus({}).agent_version(), "2");
}

TEST(Client, KnowsEveryCall) {
  FakeAgent agent;
  Client client(agent.socket());

  client.BeginLogin({});
  client.FinishLogin({});
  client.BeginEnrollment({});
  client.PollEnrollment({});
  client.BeginKeyRegistration({});
  client.FinishKeyRegistration({});
  client.ListKeys({});
  client.RenameKey({});
  client.RemoveKey({});
  client.CheckSession({});
  client.SelectServer({});
  client.GetPosture({});
  client.Logout({});
  client.GetStatus({});
  client.CheckEndpoints({});
  client.GetEksToken({});
  client.GetKubernetesToken({});

  EXPECT_EQ(agent.calls(), (std::vector<std::string>{"BeginLogin", "FinishLogin", "BeginEnrollment", "PollEnrollment",
                                                     "BeginKeyRegistration", "FinishKeyRegistration", "ListKeys",
                                                     "RenameKey", "RemoveKey", "CheckSession", "SelectServer",
                                                     "GetPosture", "Logout", "GetStatus", "CheckEndpoints",
                                                     "GetEksToken", "GetKubernetesToken"}));
}

TEST(Client, TranslatesTheErrorDetail) {
  FakeAgent agent;
  agent.detail.emplace();
  agent.detail->set_reason(REASON_UNREACHABLE);
  agent.detail->set_message("vouch.example.com does not answer");
  agent.detail->set_remedy("check the network");

  const Error error = ThrownBy([&] { Client(agent.socket()).BeginLogin({}); });

  EXPECT_EQ(error.reason(), REASON_UNREACHABLE);
  EXPECT_STREQ(error.what(), "vouch.example.com does not answer");
  EXPECT_EQ(error.remedy(), "check the network");
}

TEST(Client, TakesAReasonOfANewerAgentAsInternal) {
  FakeAgent agent;
  agent.detail.emplace();
  agent.detail->set_reason(static_cast<Reason>(999));
  agent.detail->set_message("something new");

  const Error error = ThrownBy([&] { Client(agent.socket()).GetStatus({}); });

  EXPECT_EQ(error.reason(), REASON_INTERNAL);
  EXPECT_STREQ(error.what(), "something new");
}

TEST(Client, NamesTheRestartForAnAgentThatIsTooOld) {
  FakeAgent agent;
  agent.code = 12;  // UNIMPLEMENTED

  const Error error = ThrownBy([&] { Client(agent.socket()).GetStatus({}); });

  EXPECT_EQ(error.reason(), REASON_INTERNAL);
  EXPECT_EQ(error.remedy(), "restart it with: systemctl --user restart vouchd");
}

TEST(Client, AFailureWithoutDetailIsInternal) {
  FakeAgent agent;
  agent.code = 2;  // UNKNOWN

  EXPECT_EQ(ThrownBy([&] { Client(agent.socket()).GetStatus({}); }).reason(), REASON_INTERNAL);
}

TEST(Client, TellsAMissingAgentAtOnceAndHowToStartIt) {
  const TemporaryFolder folder;
  const auto call = [&] { Client(folder / "vouchd.sock").GetStatus({}); };

  const Error error = ThrownBy(call);

  EXPECT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_STREQ(error.what(), "the agent is not running");
  EXPECT_EQ(error.remedy(), "start it with: systemctl --user start vouchd.socket");
  EXPECT_TRUE(IsQuick([&] { ThrownBy(call); }));
}

TEST(Client, TellsADeadAgentAtOnce) {
  const TemporaryFolder folder;
  const UniqueFd dead = Bind(folder / "vouchd.sock");  // nobody listens
  const auto call = [&] { Client(folder / "vouchd.sock").GetStatus({}); };

  const Error error = ThrownBy(call);

  EXPECT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_STREQ(error.what(), "the agent is not running");
  EXPECT_TRUE(IsQuick([&] { ThrownBy(call); }));
}

TEST(Client, TellsAnAgentThatHangsUpAtOnce) {
  const TemporaryFolder folder;
  const UniqueFd listener = Bind(folder / "vouchd.sock");
  ASSERT_EQ(listen(listener.get(), 1), 0);
  auto hanging_up = std::async(std::launch::async, [&] {
    while (UniqueFd(accept(listener.get(), nullptr, nullptr))) {
    }
  });

  const Error error = ThrownBy([&] { Client(folder / "vouchd.sock").BeginLogin({}); });
  shutdown(listener.get(), SHUT_RDWR);

  EXPECT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_STREQ(error.what(), "the agent closed the connection");  // not, after 40 s, that it did not answer in time
}

TEST(Client, GivesUpAnAgentThatDoesNotAnswer) {
  FakeAgent agent;
  agent.hangs = true;

  const Error error = ThrownBy([&] { Client(agent.socket()).GetStatus({}); });  // 5 s

  EXPECT_EQ(error.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_STREQ(error.what(), "the agent did not answer in time");
}

TEST(Client, AnInterruptEndsACall) {
  FakeAgent agent;
  agent.hangs = true;
  Interrupt interrupt;
  Client client(agent.socket(), &interrupt);
  auto calling = std::async(std::launch::async, [&] { return ThrownBy([&] { client.BeginLogin({}); }); });

  interrupt.Set();

  ASSERT_EQ(calling.wait_for(seconds(10)), std::future_status::ready);
  EXPECT_EQ(calling.get().reason(), REASON_CANCELLED);
}

TEST(Client, SaysThatThereIsNoPlaceForASocket) {
  EXPECT_EQ(ThrownBy([] { Client client(""); }).reason(), REASON_AGENT_UNREACHABLE);
}

TEST(Client, RefusesAPathThatNoSocketCanHave) {
  EXPECT_EQ(ThrownBy([] { Client client("/" + std::string(108, 'x')); }).reason(), REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
