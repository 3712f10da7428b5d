// Where the desktop's bus is, for those who speak D-Bus: the keyring and the notices.
#pragma once

#include <string>

namespace vouch {

// Of the session bus; empty when there is none. GLib, asked without one, would start a program to make one.
std::string SessionBusAddress();

}  // namespace vouch
