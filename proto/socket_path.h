// Where the agent's socket is, the one rule for vouchd, vouchctl and the shims.
#pragma once

#include <string>

namespace vouch {

// $VOUCH_SOCKET, else $XDG_RUNTIME_DIR/vouch/vouchd.sock, else ~/.cache/vouch/vouchd.sock (XDG_CACHE_HOME is honoured).
// An empty or relative variable counts as unset. Empty when none of them is set (the password database is not asked: NSS
// would cost a shim more than its whole call).
std::string SocketPath();

}  // namespace vouch
