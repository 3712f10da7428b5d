#include "console.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const AwsIdentity kIdentity = {"arn:aws:iam::123456789012:role/VouchDeveloper", "arn:aws:iam::111122223333:role/Root",
                               "eu-central-1"};
const std::string kPage =
    "https://signin.aws.amazon.com/federation?Action=login&Issuer=https%3A%2F%2Fus.vouch.sh&Destination=x&SigninToken=canary%2Ftoken";

// What a browser makes of the file: the address that it goes to, read by somebody else's parser.
constexpr const char* kBrowser = R"(import html.parser, sys
class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "meta" and attrs.get("http-equiv") == "refresh":
            delay, _, url = attrs["content"].partition("; url=")
            print(delay, url)
        if tag == "meta" and attrs.get("name") == "referrer":
            print(attrs["content"])
Page().feed(open(sys.argv[1]).read())
)";

class ConsoleCommand : public testing::Test {
 protected:
  ConsoleCommand() {
    agent.console.set_url(kPage);
    agent.console.set_account_id("123456789012");
    agent.console.set_session_ends_at(1795521600);
    world.folder = fs::path(agent.socket()).parent_path();
    world.browser = {"", /*has_display=*/true, /*has_terminal=*/true};
    world.now = std::time(nullptr);
    world.start = [this](const Words& command) {
      started.push_back(command);
      return starts;
    };
  }

  void Run(const ConsoleOptions& options = {}) {
    Client client(agent.socket());
    RunConsole(options, kIdentity, client, world, out);
  }

  Words Pages() const {
    Words pages;
    for (const auto& entry : fs::directory_iterator(world.folder))
      if (entry.path().extension() == ".html") pages.push_back(entry.path());
    std::sort(pages.begin(), pages.end());
    return pages;
  }

  std::string AgedPage(const std::string& name, std::int64_t seconds) const {
    const std::string path = world.folder + "/" + name;
    std::ofstream(path) << "left behind";
    const utimbuf times{world.now - seconds, world.now - seconds};
    utime(path.c_str(), &times);
    return path;
  }

  FakeAgent agent;
  ConsoleWorld world;
  std::vector<Words> started;
  bool starts = true;
  std::ostringstream out;
};

TEST_F(ConsoleCommand, AsksForThePageOfTheRole) {
  setenv("AWS_ENDPOINT_URL_SIGNIN", "http://127.0.0.1:8080", 1);
  Run({"https://us.vouch.sh", "/s3/buckets", /*print=*/true});
  unsetenv("AWS_ENDPOINT_URL_SIGNIN");

  const GetConsoleUrlRequest asked = agent.asked_console();
  EXPECT_EQ(asked.role_arn(), kIdentity.role);
  EXPECT_EQ(asked.via(), kIdentity.via);
  EXPECT_EQ(asked.region(), "eu-central-1");
  EXPECT_EQ(asked.destination(), "/s3/buckets");
  EXPECT_EQ(asked.caller().vouch_server(), "https://us.vouch.sh");
  EXPECT_EQ(asked.caller().signin_endpoint(), "http://127.0.0.1:8080");
}

TEST_F(ConsoleCommand, PrintsOnlyThePageAndStartsNothing) {
  Run({"", "", /*print=*/true});

  EXPECT_EQ(out.str(), kPage + "\n");
  EXPECT_TRUE(started.empty());
  EXPECT_TRUE(Pages().empty());
}

TEST_F(ConsoleCommand, GivesTheBrowserAFileOfThisUserAndNeverThePage) {
  Run();

  ASSERT_EQ(Pages().size(), 1U);
  const std::string file = Pages()[0];
  struct stat found{};
  ASSERT_EQ(stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  ASSERT_EQ(started.size(), 2U);
  EXPECT_EQ(started[0], (Words{"xdg-open", "file://" + file}));
  for (const Words& command : started)
    for (const std::string& word : command) EXPECT_EQ(word.find("canary"), std::string::npos) << word;
  EXPECT_EQ(out.str().find("canary"), std::string::npos);
  EXPECT_TRUE(out.str().starts_with("The AWS console of account 123456789012 opens in the browser, signed in until ")) << out.str();
}

TEST_F(ConsoleCommand, TheFileLeadsToThePageWithoutAReferrer) {
  Run();

  const auto seen = Subprocess({"/usr/bin/python3", "-c", kBrowser, Pages().at(0)}).Wait();

  EXPECT_EQ(seen.out, "no-referrer\n0 " + kPage + "\n");
  EXPECT_EQ(seen.err, "");
}

TEST_F(ConsoleCommand, TheFileIsRemovedHalfAMinuteLater) {
  Run();
  TemporaryFolder tools;
  std::ofstream(tools / "sleep") << "#!/bin/sh\necho \"slept $*\"\n";
  fs::permissions(tools / "sleep", fs::perms::owner_all);

  const auto removed = Subprocess(started.at(1), {{"PATH", (tools / "") + ":/bin:/usr/bin"}}).Wait();

  EXPECT_EQ(removed.out, "slept 30\n");
  EXPECT_EQ(removed.err, "");
  EXPECT_TRUE(Pages().empty());
}

TEST_F(ConsoleCommand, RemovesWhatAnEarlierRunLeftBehindAndNothingElse) {
  const std::string old = AgedPage("console-old.html", 61), young = AgedPage("console-young.html", 10);
  const std::string other = AgedPage("index.html", 1000);

  Run();

  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(ConsoleCommand, SaysThatThereIsNoBrowserBeforeAnythingIsAskedFor) {
  world.browser = {"", /*has_display=*/false, /*has_terminal=*/true};

  const Error error = ThrownBy([&] { Run(); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(error.remedy().find("--print"), std::string::npos);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(ConsoleCommand, PutsNothingWhereOthersMayLook) {
  chmod(world.folder.c_str(), 0750);

  EXPECT_EQ(ThrownBy([&] { Run(); }).reason(), REASON_CONFIGURATION);

  chmod(world.folder.c_str(), 0700);
  EXPECT_TRUE(agent.calls().empty());
  EXPECT_TRUE(Pages().empty());
}

TEST_F(ConsoleCommand, LeavesNoFileWhenTheBrowserDoesNotStart) {
  starts = false;

  const Error error = ThrownBy([&] { Run(); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(error.remedy().find("--print"), std::string::npos);
  EXPECT_TRUE(Pages().empty());
}

TEST_F(ConsoleCommand, ARefusalOpensNothing) {
  agent.FailNext("GetConsoleUrl", REASON_DENIED, "AWS sign-in does not take the role's credentials (HTTP 400)");

  EXPECT_EQ(ThrownBy([&] { Run(); }).reason(), REASON_DENIED);

  EXPECT_TRUE(started.empty());
  EXPECT_TRUE(Pages().empty());
}

TEST_F(ConsoleCommand, OpensNothingThatIsNoPage) {
  for (const char* url : {"", "file:///etc/passwd", "javascript:alert(1)", "https://a b", "http://signin.example/"}) {
    agent.console.set_url(url);
    EXPECT_EQ(ThrownBy([&] { Run(); }).reason(), REASON_BAD_ANSWER) << url;
    EXPECT_EQ(ThrownBy([&] { Run({"", "", /*print=*/true}); }).reason(), REASON_BAD_ANSWER) << url;
  }
  EXPECT_TRUE(started.empty());
  EXPECT_EQ(out.str(), "");
}

// The program itself, and a browser that notes how it was started.
TEST_F(ConsoleCommand, TheProgramStartsTheBrowserOfTheVariable) {
  TemporaryFolder tools;
  std::ofstream(tools / "browser") << "#!/bin/sh\nprintf '%s' \"$*\" >" << (tools / "new") << "\nenv >>" << (tools / "new") << "\nmv "
                                   << (tools / "new") << " " << (tools / "seen") << "\n";
  fs::permissions(tools / "browser", fs::perms::owner_all);

  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "console", "--role", kIdentity.role, "ec2"},
                                 {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}, {"BROWSER", tools / "browser"}})
                          .Wait();

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find("canary"), std::string::npos);
  EXPECT_EQ(agent.asked_console().destination(), "ec2");
  for (int i = 0; i < 600 && !fs::exists(tools / "seen"); ++i) usleep(50'000);
  const std::string seen = ReadFile(tools / "seen");
  EXPECT_TRUE(seen.starts_with("file://" + Pages().at(0))) << seen;
  EXPECT_EQ(seen.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace vouch
