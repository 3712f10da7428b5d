// Shows a page in the person's browser. Used by enroll and console.
#pragma once

#include <string>
#include <vector>

namespace vouch {

// What decides whether there is a browser, and which. Empty means unset.
struct BrowserSetting {
  std::string browser;        // BROWSER
  bool has_display = false;   // DISPLAY or WAYLAND_DISPLAY; on macOS always
  bool has_terminal = false;  // stderr is one: somebody sees what happens
};

BrowserSetting BrowserSettingOfProcess();

// The program and its arguments that show `url`; empty when there is none to be started. Only https pages are shown,
// and http ones on this machine: what comes from a server must not start anything else.
std::vector<std::string> BrowserCommand(const std::string& url, const BrowserSetting& setting);

// Whether `url` is one that BrowserCommand shows.
bool IsPage(const std::string& url);

// The same as BrowserCommand for a file of this machine, given by its absolute path.
std::vector<std::string> BrowserCommandForFile(const std::string& path, const BrowserSetting& setting);

// Starts it without a shell, in a session of its own, silent. Says whether it started; what becomes of it, nobody asks.
bool StartDetached(const std::vector<std::string>& command);

}  // namespace vouch
