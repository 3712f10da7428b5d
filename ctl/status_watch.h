// vouchctl status --watch: the screen of status.h, live. Called by main.
#pragma once

#include <string>

#include "status.h"

namespace vouch {

// Shows the status again every options.interval seconds, when the terminal gets another size and after a stop, until
// q or Ctrl-C is typed or a signal ends it; then the terminal is as before, and the result is 0. An agent that goes
// away is waited for. REASON_CONFIGURATION where standard output is no terminal that can be drawn on; the reasons of
// Client when the agent is not there at the start. Makes the signals of a terminal its own: before any thread is
// started.
int RunStatusWatch(const StatusOptions& options, const std::string& socket_path, const Variable& variable);

// What is shown at once: `text`, an empty line and `footer`, cut to the rows of the terminal; what is cut off is told.
std::string WatchFrame(const std::string& text, const std::string& footer, const Look& look);

}  // namespace vouch
