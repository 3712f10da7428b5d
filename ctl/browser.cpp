#include "browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>

extern char** environ;

namespace vouch {
namespace {

#ifdef __APPLE__
constexpr const char* kOpener = "open";
constexpr bool kAlwaysHasDisplay = true;
#else
constexpr const char* kOpener = "xdg-open";
constexpr bool kAlwaysHasDisplay = false;
#endif

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Without user information, which could make a page look as if it were here.
bool IsOnThisMachine(std::string_view authority) {
  if (authority.starts_with("[::1]")) return authority.size() == 5 || authority[5] == ':';
  const std::string_view host = authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "127.0.0.1";
}

bool IsAllowed(std::string_view url) {
  constexpr std::string_view kHttps = "https://", kHttp = "http://";
  const bool is_printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_printable) return false;
  if (url.starts_with(kHttps)) return url.size() > kHttps.size();
  if (!url.starts_with(kHttp)) return false;
  const std::string_view rest = url.substr(kHttp.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return authority.find('@') == std::string_view::npos && IsOnThisMachine(authority);
}

// BROWSER as it is commonly understood: commands with colons between, of which the first is taken; %s is the page,
// which is the last argument otherwise.
std::vector<std::string> FromVariable(const std::string& browser, const std::string& url) {
  std::istringstream words(browser.substr(0, browser.find(':')));
  std::vector<std::string> command;
  bool is_placed = false;
  for (std::string word; words >> word;) {
    for (auto at = word.find("%s"); at != std::string::npos; at = word.find("%s", at + url.size())) {
      word.replace(at, 2, url);
      is_placed = true;
    }
    command.push_back(word);
  }
  if (!command.empty() && !is_placed) command.push_back(url);
  return command;
}

std::vector<std::string> CommandFor(const std::string& url, const BrowserSetting& setting) {
  if (!setting.browser.empty()) return FromVariable(setting.browser, url);
  if (!setting.has_terminal || !setting.has_display) return {};
  return {kOpener, url};
}

std::string FileUrl(const std::string& path) {
  constexpr std::string_view kPlain = "/-._~", kHex = "0123456789ABCDEF";
  std::string url = "file://";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.find(c) != kPlain.npos;
    if (plain) url += c;
    else url.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return url;
}

}  // namespace

BrowserSetting BrowserSettingOfProcess() {
  const bool has_display = !Environment("DISPLAY").empty() || !Environment("WAYLAND_DISPLAY").empty();
  return {Environment("BROWSER"), kAlwaysHasDisplay || has_display, isatty(STDERR_FILENO) == 1};
}

std::vector<std::string> BrowserCommand(const std::string& url, const BrowserSetting& setting) {
  return IsAllowed(url) ? CommandFor(url, setting) : std::vector<std::string>();
}

bool IsPage(const std::string& url) { return IsAllowed(url); }

std::vector<std::string> BrowserCommandForFile(const std::string& path, const BrowserSetting& setting) {
  return CommandFor(FileUrl(path), setting);
}

bool StartDetached(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;  // Interrupt blocks the signals that end a program
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);  // Ctrl-C here is not for it

  pid_t pid = 0;
  const int code = posix_spawnp(&pid, arguments.front(), &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return code == 0;
}

}  // namespace vouch
