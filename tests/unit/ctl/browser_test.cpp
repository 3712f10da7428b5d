#include "browser.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "unit/ctl/subprocess.h"

namespace vouch {
namespace {

using Words = std::vector<std::string>;

BrowserSetting Desktop(const std::string& browser = "") {
  return {browser, /*has_display=*/true, /*has_terminal=*/true};
}

TEST(BrowserCommand, UsesTheDesktopsOpener) {
  EXPECT_EQ(BrowserCommand("https://vouch.test/device?code=AB", Desktop()),
            (Words{"xdg-open", "https://vouch.test/device?code=AB"}));
}

TEST(BrowserCommand, NeedsADisplayAndATerminal) {
  EXPECT_EQ(BrowserCommand("https://vouch.test/", {"", true, false}), Words());
  EXPECT_EQ(BrowserCommand("https://vouch.test/", {"", false, true}), Words());
}

TEST(BrowserCommand, TheVariableNeedsNeither) {
  EXPECT_EQ(BrowserCommand("https://vouch.test/", {"w3m", false, false}), (Words{"w3m", "https://vouch.test/"}));
}

TEST(BrowserCommand, TakesTheFirstOfTheVariableAndPutsThePageIn) {
  EXPECT_EQ(BrowserCommand("https://vouch.test/", Desktop("firefox --new-tab %s:w3m")),
            (Words{"firefox", "--new-tab", "https://vouch.test/"}));
  EXPECT_EQ(BrowserCommand("https://vouch.test/%s", Desktop("open=%s")), (Words{"open=https://vouch.test/%s"}));
  EXPECT_EQ(BrowserCommand("https://vouch.test/", Desktop(" ")), Words());
}

TEST(BrowserCommand, ShowsPlainHttpOfThisMachineOnly) {
  for (const std::string page :
       {"http://localhost:8080/device", "http://127.0.0.1/", "http://[::1]:80/", "http://localhost?x"})
    EXPECT_EQ(BrowserCommand(page, Desktop()).size(), 2u) << page;
  for (const std::string page : {"http://vouch.test/", "http://localhost.vouch.test/", "http://localhost@vouch.test/",
                                 "http://[::1].vouch.test/", "http://127.0.0.1:80@vouch.test/"})
    EXPECT_EQ(BrowserCommand(page, Desktop()), Words()) << page;
}

TEST(BrowserCommand, ShowsNothingThatIsNoPage) {
  for (const std::string page : {"", "https://", "file:///etc/passwd", "javascript:alert(1)", "-h", "https://a b",
                                 "https://a\nb", "HTTPS://vouch.test/"})
    EXPECT_EQ(BrowserCommand(page, Desktop()), Words()) << page;
}

TEST(BrowserCommand, ShowsAFileByItsEncodedAddress) {
  EXPECT_EQ(BrowserCommandForFile("/run/user/1000/vouch/a b%.html", Desktop()),
            (Words{"xdg-open", "file:///run/user/1000/vouch/a%20b%25.html"}));
  EXPECT_EQ(BrowserCommandForFile("/caf\xc3\xa9", Desktop("w3m")), (Words{"w3m", "file:///caf%C3%A9"}));
  EXPECT_EQ(BrowserCommandForFile("/a", {"", true, false}), Words());
}

TEST(BrowserSetting, TakesEitherKindOfDisplayAndNoEmptyVariable) {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"}) setenv(name, "", 1);
  EXPECT_FALSE(BrowserSettingOfProcess().has_display);
  EXPECT_EQ(BrowserSettingOfProcess().browser, "");

  setenv("WAYLAND_DISPLAY", "wayland-0", 1);
  setenv("BROWSER", "w3m", 1);
  EXPECT_TRUE(BrowserSettingOfProcess().has_display);
  EXPECT_EQ(BrowserSettingOfProcess().browser, "w3m");
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"}) unsetenv(name);
}

// A program that writes down what it was started with.
struct Recorder {
  Recorder() {
    std::ofstream(folder / "browser") << "#!/bin/sh\nps -o sid= -p $$ >'" << folder / "sid"
                                      << "'\n"
                                      << "grep SigBlk /proc/self/status >'" << folder / "blocked"
                                      << "'\n"
                                      << "echo noise; echo noise >&2\n"
                                      << "printf '%s\\n' \"$@\" >'" << folder / "new"
                                      << "'\nmv '" << folder / "new"
                                      << "' '" << folder / "arguments"
                                      << "'\n";
    chmod((folder / "browser").c_str(), 0700);
  }
  std::string Arguments() const {
    for (int i = 0; i < 6000 && ReadFile(folder / "arguments").empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return ReadFile(folder / "arguments");
  }
  TemporaryFolder folder;
};

TEST(StartDetached, StartsWithoutAShell) {
  const Recorder recorder;

  ASSERT_TRUE(StartDetached({recorder.folder / "browser", "https://vouch.test/$(id);&"}));

  EXPECT_EQ(recorder.Arguments(), "https://vouch.test/$(id);&\n");
}

TEST(StartDetached, GivesTheProgramASessionOfItsOwnAndItsSignalsBack) {
  const Recorder recorder;
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);

  ASSERT_TRUE(StartDetached({recorder.folder / "browser", "x"}));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  recorder.Arguments();
  EXPECT_NE(std::stoi(ReadFile(recorder.folder / "sid")), getsid(0));
  EXPECT_EQ(ReadFile(recorder.folder / "blocked"), "SigBlk:\t0000000000000000\n");
}

TEST(StartDetached, SaysThatThereIsNoSuchProgram) {
  EXPECT_FALSE(StartDetached({"/nonexistent/browser", "https://vouch.test/"}));
  EXPECT_FALSE(StartDetached({}));
}

}  // namespace
}  // namespace vouch
