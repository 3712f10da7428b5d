// vouchctl enroll: this machine and a person who signs in with a browser (the device flow, RFC 8628), then the first
// security key of the account. Called by main.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "client.h"
#include "key_dialog.h"

namespace vouch {

struct EnrollOptions {
  std::string server;               // base URL; empty = the agent's current server
  std::string key_name;             // as in RegisterOptions
  std::chrono::seconds timeout{0};  // for the browser; 0 = as long as the code is good
  bool no_browser = false;          // for the caller: EnrollWorld::show_page then does nothing
  bool progress = false;            // a line that tells the time left, rewritten; for terminals
};

// What the waiting needs of the world; tests move the time instead of spending it.
struct EnrollWorld {
  std::function<std::int64_t()> now;                  // Unix seconds
  std::function<void(std::chrono::seconds)> sleep;    // REASON_CANCELLED when it is interrupted
  std::function<void(const std::string&)> show_page;  // in a browser, if there is one
};

// URL and code go to `err`, always, and so does what the person has to do next; `out` gets a line for each thing that
// is done. While the server cannot be asked the waiting goes on, which is said once. An account without a key gets the
// one that is plugged in, and is logged in with it; with none plugged in, that is no failure. Throws the reasons of
// Client, KeyDialog and CheckedKeyName, and REASON_ENROLLMENT_EXPIRED at the end of the time.
void RunEnroll(const EnrollOptions& options, Client& client, KeyDialog& key, const EnrollWorld& world,
               std::ostream& out, std::ostream& err);

}  // namespace vouch
