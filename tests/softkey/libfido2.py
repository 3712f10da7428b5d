"""The real libfido2 with our socket below it, by ctypes: only what the selftest asks of it."""

import ctypes
import ctypes.util
import select
import socket

OPEN = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p)
CLOSE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
READ = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_size_t, ctypes.c_int)
WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_size_t)

OK, OPT_TRUE, ES256, EDDSA = 0, 2, -7, -8
DISABLE_U2F_FALLBACK = 2
KEEPALIVE_CANCEL, UV_BLOCKED, UV_INVALID, RX = 0x2D, 0x3C, 0x3F, -2

_sockets = {}


class _Io(ctypes.Structure):
    _fields_ = [("open", OPEN), ("close", CLOSE), ("read", READ), ("write", WRITE)]


@OPEN
def _open(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path.decode())
    _sockets[connection.fileno()] = connection
    return connection.fileno()


@CLOSE
def _close(handle):
    _sockets.pop(handle).close()


@READ
def _read(handle, buffer, length, milliseconds):
    """One report: its length, or -1 when there is none in time."""
    connection = _sockets[handle]
    if not select.select([connection], [], [], None if milliseconds < 0 else milliseconds / 1000)[0]:
        return -1
    try:
        report = connection.recv(length, socket.MSG_WAITALL)
    except ConnectionError:
        return -1
    ctypes.memmove(buffer, report, len(report))
    return len(report) if len(report) == length else -1


@WRITE
def _write(handle, buffer, length):
    """The first byte is the report id, which is not on the wire."""
    try:
        _sockets[handle].sendall(bytes(buffer[1:length]))
    except OSError:
        return -1
    return length


IO = _Io(_open, _close, _read, _write)


def load():
    """The library, with the types that are not int."""
    library = ctypes.CDLL(ctypes.util.find_library("fido2"))
    for name in ("fido_dev_new", "fido_assert_new", "fido_cred_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.fido_cred_fmt.restype = ctypes.c_char_p
    library.fido_cred_x5c_ptr.restype = ctypes.c_void_p
    library.fido_assert_flags.restype = ctypes.c_uint8
    library.fido_init(DISABLE_U2F_FALLBACK)
    return library


class Device:
    """An opened key; leaving the context closes it."""

    def __init__(self, library, path):
        self._library = library
        self._device = ctypes.c_void_p(library.fido_dev_new())
        assert library.fido_dev_set_io_functions(self._device, ctypes.byref(IO)) == OK
        library.fido_dev_set_timeout(self._device, 20000)
        assert library.fido_dev_open(self._device, path.encode()) == OK

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._library.fido_dev_close(self._device)
        self._library.fido_dev_free(ctypes.byref(self._device))

    def begin_touch(self):
        return self._library.fido_dev_get_touch_begin(self._device)

    def touched(self, milliseconds):
        """(status, whether the key was touched)."""
        touched = ctypes.c_int(0)
        status = self._library.fido_dev_get_touch_status(self._device, ctypes.byref(touched), milliseconds)
        return status, bool(touched.value)

    def cancel(self):
        return self._library.fido_dev_cancel(self._device)

    def sign(self, rp_id, client_data_hash, pin=None, uv=False):
        """(status, flags of the first assertion or None)."""
        library, got = self._library, ctypes.c_void_p(self._library.fido_assert_new())
        library.fido_assert_set_rp(got, rp_id.encode())
        library.fido_assert_set_clientdata_hash(got, client_data_hash, ctypes.c_size_t(len(client_data_hash)))
        if uv:
            library.fido_assert_set_uv(got, OPT_TRUE)
        status = library.fido_dev_get_assert(self._device, got, pin.encode() if pin else None)
        flags = library.fido_assert_flags(got, ctypes.c_size_t(0)) if status == OK else None
        library.fido_assert_free(ctypes.byref(got))
        return status, flags

    def make(self, rp_id, client_data_hash, pin, algorithm=ES256):
        """(status, fmt, what its check says: of the certificate's signature, or of the self attestation)."""
        library, made = self._library, ctypes.c_void_p(self._library.fido_cred_new())
        library.fido_cred_set_type(made, algorithm)
        library.fido_cred_set_clientdata_hash(made, client_data_hash, ctypes.c_size_t(len(client_data_hash)))
        library.fido_cred_set_rp(made, rp_id.encode(), b"Vouch")
        library.fido_cred_set_user(made, b"bob", ctypes.c_size_t(3), b"bob@example.com", b"Bob", None)
        library.fido_cred_set_rk(made, OPT_TRUE)
        status = library.fido_dev_make_cred(self._device, made, pin.encode())
        verify = library.fido_cred_verify if library.fido_cred_x5c_ptr(made) else library.fido_cred_verify_self
        answer = status, library.fido_cred_fmt(made), verify(made)
        library.fido_cred_free(ctypes.byref(made))
        return answer
