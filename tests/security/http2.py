"""HTTP/2 by hand (RFC 9113, RFC 7541 without Huffman and without a table), for clients that do not keep to it. Only the standard
library: what is sent is exactly what is written here."""
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
INITIAL_WINDOW_SIZE = 4
SERVICE = "/vouch.agent.v1.Agent/"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(**values):
    names = {"window": INITIAL_WINDOW_SIZE}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", names[k], v) for k, v in values.items()))


def number(value, bits, first=0):
    """An integer of RFC 7541, 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out + [value])


def field(name, value):
    """A literal header field that nobody is to remember."""
    name, value = name.encode(), value.encode()
    return b"\x00" + number(len(name), 7) + name + number(len(value), 7) + value


def request_fields(method, **more):
    fields = {":method": "POST", ":scheme": "http", ":path": SERVICE + method, ":authority": "vouchd",
              "content-type": "application/grpc", "te": "trailers"}
    fields.update({name.replace("_", "-"): value for name, value in more.items()})
    return b"".join(field(name, value) for name, value in fields.items())


def call(method, stream, message=b"", flags=END_STREAM):
    """A whole unary call."""
    body = b"\x00" + struct.pack(">I", len(message)) + message
    return frame(HEADERS, END_HEADERS, stream, request_fields(method)) + frame(DATA, flags, stream, body)


def connect(path, seconds=20):
    """Connected, and its waits bounded."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    until = time.monotonic() + seconds
    while True:
        try:
            connection.connect(path)
            return connection
        except BlockingIOError:  # the queue is full
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def frames(connection):
    """(kind, flags, stream, payload) of each that comes, until the end."""
    buffer = b""
    while True:
        while len(buffer) >= 9 and len(buffer) >= 9 + int.from_bytes(buffer[:3], "big"):
            size = int.from_bytes(buffer[:3], "big")
            yield buffer[3], buffer[4], int.from_bytes(buffer[5:9], "big"), buffer[9:9 + size]
            buffer = buffer[9 + size:]
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return
        buffer += more


def seconds_until_closed(connection, longest):
    """How long the other end leaves it open; None when for longer than that."""
    start = time.monotonic()
    while True:
        left = longest - (time.monotonic() - start)
        if left <= 0:
            return None
        connection.settimeout(left)
        try:
            if not connection.recv(65536):
                return time.monotonic() - start
        except (ConnectionResetError, BrokenPipeError):
            return time.monotonic() - start
        except TimeoutError:
            return None
