#include "confirm.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "columns.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/person.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

constexpr std::int64_t kNow = 1795521600;  // 2026-11-24T12:00:00Z
constexpr const char* kRole = "arn:aws:iam::111122223333:role/Prod";
const Look kTerminal{.terminal = true, .columns = 120};

class ConfirmTest : public testing::Test {
 protected:
  void Waits(std::int64_t id, const std::string& program = "/usr/local/bin/terraform", const std::string& agent_source = "") {
    auto& one = *agent_.confirmations.add_waiting();
    one.set_id(id);
    one.set_program(program);
    one.set_pid(4711);
    one.set_subject(kRole);
    one.set_agent_source(agent_source);
    one.set_asked_at(kNow - 12);
    *agent_.confirmed.mutable_answered() = one;
  }

  // With a person at the terminal who types `line`; empty: there is no terminal.
  std::string Run(const ConfirmOptions& options, const std::string& line = "", const Look& look = {}, const std::string& agent_source = "") {
    std::ostringstream out;
    Client client(agent_.socket());
    screen_.Clear();
    std::ostream err(&screen_);
    if (line.empty()) {
      const UniqueFd nothing(open("/dev/null", O_RDONLY));
      Prompt prompt(interrupt_, err, nothing.get());
      RunConfirm(options, {client, prompt, agent_source, look, kNow}, out);
    } else {
      Typist typist(screen_, {line});
      Prompt prompt(interrupt_, err, typist.fd(), typist.name());
      RunConfirm(options, {client, prompt, agent_source, look, kNow}, out);
    }
    return out.str();
  }

  Interrupt interrupt_;  // before threads are started
  FakeAgent agent_;
  Screen screen_;
};

TEST_F(ConfirmTest, SaysThatNothingWaits) { EXPECT_EQ(Run({}), "Nothing waits for your word.\n"); }

TEST_F(ConfirmTest, ListsWhatWaits) {
  Waits(3);
  Waits(4, "/usr/bin/aws", "claude-code");

  EXPECT_EQ(Run({}),
            "3  /usr/local/bin/terraform (pid 4711) wants arn:aws:iam::111122223333:role/Prod, asked 12 s ago\n"
            "4  /usr/bin/aws (pid 4711) wants arn:aws:iam::111122223333:role/Prod, for the AI agent claude-code, asked 12 s ago\n");
  EXPECT_EQ(Run({}, "", kTerminal),
            "ID  PROGRAM                        PID   WANTS                                ASKED\n"
            "3   /usr/local/bin/terraform       4711  arn:aws:iam::111122223333:role/Prod  12 s ago\n"
            "4   /usr/bin/aws, for claude-code  4711  arn:aws:iam::111122223333:role/Prod  12 s ago\n");
  EXPECT_FALSE(agent_.asked_confirmed());
}

TEST_F(ConfirmTest, FitsEveryTerminal) {
  Waits(3, "/home/" + std::string(100, 'x'));
  Waits(4, "");
  for (int columns = 20; columns < 200; ++columns) {
    std::istringstream lines(Run({}, "", {.terminal = true, .columns = columns}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(Columns(line), columns);
  }
}

TEST_F(ConfirmTest, WithANumberAllows) {
  Waits(3);
  agent_.confirmed.set_allowed_until(kNow + 900);

  const std::string said = Run({.id = 3});

  EXPECT_TRUE(said.starts_with("Allowed: /usr/local/bin/terraform may have arn:aws:iam::111122223333:role/Prod until ")) << said;
  EXPECT_EQ(agent_.asked_confirmed()->id(), 3);
  EXPECT_TRUE(agent_.asked_confirmed()->allow());
}

TEST_F(ConfirmTest, AllowsOnceWhereNothingIsRemembered) {
  Waits(3);
  agent_.confirmed.set_allowed_until(kNow);
  EXPECT_EQ(Run({.id = 3}), "Allowed: /usr/local/bin/terraform may have arn:aws:iam::111122223333:role/Prod, this time.\n");
}

TEST_F(ConfirmTest, Denies) {
  Waits(3);
  EXPECT_EQ(Run({.id = 3, .deny = true}), "Denied: /usr/local/bin/terraform may not have arn:aws:iam::111122223333:role/Prod.\n");
  EXPECT_FALSE(agent_.asked_confirmed()->allow());
}

TEST_F(ConfirmTest, DeniesTheOnlyOneWithoutANumber) {
  EXPECT_EQ(ThrownBy([this] { Run({.deny = true}); }).reason(), REASON_CONFIGURATION);
  Waits(3);
  Run({.deny = true});
  EXPECT_EQ(agent_.asked_confirmed()->id(), 3);
  EXPECT_FALSE(agent_.asked_confirmed()->allow());
  Waits(4);
  EXPECT_EQ(ThrownBy([this] { Run({.deny = true}); }).reason(), REASON_CONFIGURATION);
}

TEST_F(ConfirmTest, AsksAboutTheOnlyOneOnATerminal) {
  Waits(3);
  agent_.confirmed.set_allowed_until(kNow + 900);

  EXPECT_TRUE(Run({}, "y", kTerminal).starts_with("Allowed: "));
  EXPECT_NE(screen_.Text().find("/usr/local/bin/terraform (pid 4711) wants arn:aws:iam::111122223333:role/Prod. Allow it? (yes/no) "), std::string::npos);
  EXPECT_TRUE(agent_.asked_confirmed()->allow());

  EXPECT_TRUE(Run({}, "n", kTerminal).starts_with("Denied: "));
  EXPECT_FALSE(agent_.asked_confirmed()->allow());
}

TEST_F(ConfirmTest, DoesNotAskInAPipeOrAboutSeveral) {
  Waits(3);
  Run({}, "y");
  EXPECT_FALSE(agent_.asked_confirmed());
  Waits(4);
  Run({}, "y", kTerminal);
  EXPECT_FALSE(agent_.asked_confirmed());
}

TEST_F(ConfirmTest, IsNotForAnAiAgentButItMaySayNo) {
  Waits(3);
  EXPECT_EQ(ThrownBy([this] { Run({.id = 3}, "", {}, "claude-code"); }).reason(), REASON_DENIED);
  Run({}, "y", kTerminal, "claude-code");
  EXPECT_FALSE(agent_.asked_confirmed());
  Run({.id = 3, .deny = true}, "", {}, "claude-code");
  EXPECT_FALSE(agent_.asked_confirmed()->allow());
}

TEST_F(ConfirmTest, NothingAProcessChoseReachesTheTerminal) {
  Waits(3, "/tmp/\x1b[2K\n99  /usr/bin/aws");
  for (const Look& look : {Look{}, kTerminal}) {
    const std::string text = Run({}, "", look);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("/tmp/\\x1b[2K\\n99  /usr/bin/aws"), std::string::npos) << text;
  }
}

TEST_F(ConfirmTest, JsonHasEveryMember) {
  Waits(3, "", "claude-code");
  const auto json = nlohmann::json::parse(Run({.json = true}));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"waiting": [{"id": 3, "program": null, "pid": 4711, "subject": "arn:aws:iam::111122223333:role/Prod",
    "agent_source": "claude-code", "asked_at": "2026-11-24T11:59:48Z"}]})"));
}

}  // namespace
}  // namespace vouch
