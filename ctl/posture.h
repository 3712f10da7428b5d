// vouchctl posture: what a login tells the Vouch server about this device. Called by main.
#pragma once

#include <iosfwd>

#include "client.h"

namespace vouch {

// Exactly what is sent, as JSON with line breaks; or one line when nothing is sent, and why. Throws the reasons of
// Client.
void RunPosture(Client& client, std::ostream& out);

}  // namespace vouch
