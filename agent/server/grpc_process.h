// What is set for gRPC in the whole process, so that it costs nothing while nobody calls and less when somebody does. Used by
// server/call_server.
#pragma once

namespace vouch {

// Before anything of gRPC is used. Its event engine (a pool and timers that wake up once a second) is replaced by one that has no
// threads, since a server on adopted descriptors asks nothing of it. The locks of abseil look for deadlocks unless it was built
// with NDEBUG, which Debian's was not: an eighth of the instructions of a call on a new connection.
void PrepareGrpc();

// With a server built: ends the thread of gRPC's older timers, which wakes up once a second, too. What would need them is not
// there: no keepalive; limits of time are kept by server/connections, and a call's deadline by its caller, who gives it up then.
void EndTimerThread();

}  // namespace vouch
