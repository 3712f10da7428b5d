// vouchctl server: the Vouch servers that the agent knows, and which of them is meant when none is named. Called by
// main.
#pragma once

#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

// A table. Throws the reasons of Client.
void RunServerList(Client& client, std::ostream& out);

// One line to `out`. Throws the reasons of Client, REASON_CONFIGURATION for a bad URL among them.
void RunServerUse(const std::string& url, Client& client, std::ostream& out);

}  // namespace vouch
