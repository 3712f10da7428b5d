// vouchctl console: the AWS console in a browser, signed in with a role. Called by main.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "browser.h"
#include "client.h"

namespace vouch {

struct ConsoleOptions {
  std::string server;  // whose session; empty = the current one
  std::string page;    // a service, or a path of the console; empty = its home
  bool print = false;  // the page that signs in, instead of a browser
};

// What a command that opens a browser touches; the real ones are main's.
struct ConsoleWorld {
  std::string folder;  // of this user only, in memory where there is such a place
  BrowserSetting browser;
  std::int64_t now;    // Unix seconds
  std::function<bool(const std::vector<std::string>& command)> start;  // StartDetached
};

// Signs in whoever opens the page, so that it never stands in an argument list, which every user of the machine may read: the
// browser is given a file of this user that leads to it, and that is removed half a minute later and at the next run. Throws the
// reasons of Client::GetAwsCredentials, and REASON_CONFIGURATION when no browser can be started (said before anything is
// asked for where there is no display) or when `world.folder` is not this user's alone.
void RunConsole(const ConsoleOptions& options, const AwsIdentity& identity, Client& client, const ConsoleWorld& world, std::ostream& out);

// The file's text: leads a browser to `url` without telling anyone where it comes from.
std::string FormatRedirect(const std::string& url);

// The folder of the agent's socket, for such files. REASON_CONFIGURATION where there is none.
std::string PrivateFolder();

}  // namespace vouch
