// The checks that every listening socket has to pass, bound or adopted. Used by socket.cpp and activation_*.cpp.
#pragma once

#include <string>

#include "server/socket.h"

namespace vouch {

// Throws REASON_CONFIGURATION when the folder is missing, a symbolic link, not ours, or open to group or others.
void RequirePrivateFolder(const std::string& folder);

// Checks that `fd` is one listening Unix stream socket in a private folder and makes it ours (close-on-exec, non-blocking).
ListeningSocket CheckAdopted(int fd);

}  // namespace vouch
