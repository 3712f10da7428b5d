#include "audit.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "columns.h"
#include "unit/ctl/subprocess.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

constexpr std::int64_t kNow = 1795521600;  // 2026-11-24T12:00:00Z

std::string Line(const std::string& time, const std::string& executable = "/usr/bin/aws", const std::string& result = "ok",
                 const std::string& role = "arn:aws:iam::111122223333:role/Developer") {
  return R"({"time":")" + time + R"(","event":"aws","role":")" + role + R"(","server":"https://us.vouch.sh","pid":4711,"executable":")" + executable +
         R"(","uid":1000,"caller_class":"person","result":")" + result + "\"}\n";
}

AuditOptions With(const std::function<void(AuditOptions&)>& set) {
  AuditOptions options;
  set(options);
  return options;
}

const AuditOptions kJson = With([](AuditOptions& o) { o.json = true; });

class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }

  void Append(const std::string& text) {
    std::ofstream(path_, std::ios::app) << text;
    chmod(path_.c_str(), 0600);
  }

  std::string Run(const AuditOptions& options = {}, const Look& look = {}) {
    std::ostringstream out;
    err_.str("");
    RunAudit(options, {path_, look, kNow, [this] { return wait_(); }}, out, err_);
    return out.str();
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "audit.log";
  std::ostringstream err_;
  std::function<bool()> wait_ = [] { return false; };
};

TEST_F(AuditTest, SaysThatNothingWasHandedOutYet) {
  EXPECT_EQ(Run(), "Nothing was handed out yet.\n");
  EXPECT_EQ(Run(kJson), "");
}

TEST_F(AuditTest, IsALineForEachInAPipe) {
  Append(Line("2026-11-24T11:00:00.000Z"));
  EXPECT_EQ(Run(), "2026-11-24 11:00:00  aws  ok  arn:aws:iam::111122223333:role/Developer  at https://us.vouch.sh  /usr/bin/aws (pid 4711)\n");
}

TEST_F(AuditTest, ShowsTheLastOnesNewestLast) {
  for (int i = 10; i < 20; ++i) Append(Line("2026-11-24T11:00:" + std::to_string(i) + ".000Z"));
  const std::string text = Run(With([](AuditOptions& o) { o.lines = 2; }));
  EXPECT_EQ(text.substr(0, 19), "2026-11-24 11:00:18");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find("\n2026-11-24 11:00:19"), std::string::npos);
}

TEST_F(AuditTest, FiltersAndThenCounts) {
  Append(Line("2026-11-24T09:59:59.999Z", "/usr/bin/old") + Line("2026-11-24T10:00:00.000Z", "/usr/bin/aws") +
         Line("2026-11-24T10:00:01.000Z", "/opt/terraform", "policy") + Line("2026-11-24T10:00:02.000Z", "/usr/bin/aws", "ok", "arn:aws:iam::1:role/Prod"));
  const auto count = [this](const AuditOptions& options) {
    const std::string text = Run(options);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(count(With([](AuditOptions& o) { o.since = "2h"; })), 3);
  EXPECT_EQ(count(With([](AuditOptions& o) { o.role = "Prod"; })), 1);
  EXPECT_EQ(count(With([](AuditOptions& o) { o.executable = "terraform"; })), 1);
  EXPECT_EQ(count(With([](AuditOptions& o) { o.lines = 1, o.executable = "/usr/bin"; })), 1);
  const AuditOptions refused = With([](AuditOptions& o) { o.refused = true; });
  EXPECT_NE(Run(refused).find("policy"), std::string::npos);
  EXPECT_EQ(count(refused), 1);
  EXPECT_EQ(Run(With([](AuditOptions& o) { o.role = "nobody"; })), "Nothing in the log is what you ask for.\n");
  EXPECT_EQ(ThrownBy([this] { Run(With([](AuditOptions& o) { o.since = "yesterday"; })); }).reason(), REASON_CONFIGURATION);
}

TEST_F(AuditTest, DamagedLinesArePassedOverAndCounted) {
  Append("{\"time\":\n" + Line("2026-11-24T11:00:00.000Z") + "\x1b[31mnonsense\n{\"time\":\"20");
  const std::string text = Run();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(err_.str(), "vouchctl: 3 damaged lines were passed over\n");
}

TEST_F(AuditTest, LinesThatWereLostAreToldWhateverIsAskedFor) {
  Append(R"({"time":"2026-11-24T11:00:00.000Z","event":"lost","lines":7})" "\n");
  EXPECT_EQ(Run(With([](AuditOptions& o) { o.role = "Prod", o.refused = true; })), "2026-11-24 11:00:00  lost  7 lines before this one could not be written\n");
}

TEST_F(AuditTest, NothingAProcessChoseReachesTheTerminal) {
  Append(Line("2026-11-24T11:00:00.000Z", R"(/tmp/\u001b[2K\r\n2026-11-24 ok /usr/bin/aws\u202e)"));
  for (const bool terminal : {false, true}) {
    const std::string text = Run({}, {.terminal = terminal, .columns = 400});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find(R"(/tmp/\x1b[2K\r\n2026-11-24 ok /usr/bin/aws\u202e)"), std::string::npos) << text;
  }
}

TEST_F(AuditTest, FitsEveryTerminal) {
  Append(Line("2026-11-24T11:00:00.000Z", "/home/alice/" + std::string(200, 'x') + "/bin/terraform", "not_logged_in"));
  Append(R"({"time":"2026-11-24T11:00:01.000Z","event":"lost","lines":7})" "\n");
  Append(R"({"time":"2026-11-24T11:00:02.000Z","event":"lock","pid":1,"executable":"/usr/bin/vouchctl","uid":1,"caller_class":"person","result":"ok"})" "\n");
  for (int columns = 20; columns <= 220; ++columns) {
    std::istringstream lines(Run({}, {.terminal = true, .columns = columns}));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(Columns(line), columns) << line;
    EXPECT_GE(count, 3);
  }
}

TEST_F(AuditTest, IsOneLineEachWhereThereIsRoom) {
  Append(Line("2026-11-24T11:00:00.000Z"));
  EXPECT_EQ(Run({}, {.terminal = true, .columns = 120}),
            "11-24 11:00:00  aws              ok               Developer of 111122223333    /usr/bin/aws (pid 4711)\n");
  EXPECT_EQ(Run({}, {.terminal = true, .columns = 80}),
            "11-24 11:00:00  aws  ok\n                Developer of 111122223333\n                /usr/bin/aws (pid 4711)\n");
}

TEST_F(AuditTest, ColorsTellGoodFromBad) {
  Append(Line("2026-11-24T11:00:00.000Z") + Line("2026-11-24T11:00:01.000Z", "/usr/bin/aws", "locked"));
  const std::string text = Run({}, {.terminal = true, .columns = 80, .color = true});
  EXPECT_NE(text.find("\x1b[32mok\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31mlocked\x1b[0m"), std::string::npos);
}

TEST_F(AuditTest, JsonIsTheLinesThemselves) {
  const std::string line = Line("2026-11-24T11:00:00.000Z");
  Append("damaged\n" + line);
  EXPECT_EQ(Run(kJson), line);
}

TEST_F(AuditTest, FollowsWhatComes) {
  Append(Line("2026-11-24T11:00:00.000Z"));
  int turns = 0;
  wait_ = [&] {
    if (++turns == 1) Append(Line("2026-11-24T11:00:01.000Z", "/usr/bin/kubectl") + "damaged\n");
    return turns < 3;
  };
  const std::string text = Run(With([](AuditOptions& o) { o.follow = true; }));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find("/usr/bin/kubectl"), std::string::npos);
  EXPECT_EQ(err_.str(), "vouchctl: 1 damaged line was passed over\n");
}

}  // namespace
}  // namespace vouch
