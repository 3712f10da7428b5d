// CTAPHID reports over a Unix stream socket instead of USB, for VOUCH_FIDO_DEVICE=unix:<path>: a key forwarded from
// another machine, or the software key of the tests. Used by the libfido2 adapter.
#pragma once

#include <fido.h>

namespace vouch {

// For fido_dev_set_io_functions; the path given to fido_dev_open is then that of the socket. A report is exactly 64
// bytes in each direction, without report id. Reading and writing may go on in two threads at once (fido_dev_cancel).
extern const fido_dev_io_t kUnixTransport;

}  // namespace vouch
