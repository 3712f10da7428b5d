#!/usr/bin/python3
"""Makes gRPC calls one after the other on one connection, in the same bytes each time: a real client's own timing (pings,
windows, what it writes together) would show in what vouchd is counted for.

    instructions_client.py SOCKET METHOD N <MESSAGE

The message is protobuf's bytes. Exit code 1 when a call is not answered with a message, as a refused one is not.
"""
import socket
import struct
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8  # RFC 9113, 6
END_STREAM, ACK, END_HEADERS = 1, 1, 4
WIDE_WINDOW = 1 << 30  # never to be widened again
PATIENCE_S = 30


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header that no table keeps (RFC 7541, 6.2.2); both shorter than 127 bytes."""
    return b"".join([b"\0", bytes([len(name)]), name.encode(), bytes([len(value)]), value.encode()])


def headers_of(method):
    return b"".join(literal(name, value) for name, value in {
        ":method": "POST", ":scheme": "http", ":path": f"/vouch.agent.v1.Agent/{method}", ":authority": "localhost",
        "te": "trailers", "content-type": "application/grpc"}.items())


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.received = self.socket.makefile("rb")
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, b"") + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WIDE_WINDOW)))

    def read_frame(self):
        head = self.received.read(9)
        if len(head) < 9:
            sys.exit("instructions_client: the connection was closed")
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        return kind, flags, stream, self.received.read(int.from_bytes(head[:3], "big"))

    def call(self, stream, headers, body):
        """Bytes of gRPC's message in the answer, its prefix included: none, if the call was refused."""
        self.socket.sendall(frame(HEADERS, END_HEADERS, stream, headers) + frame(DATA, END_STREAM, stream, body))
        answered = 0
        while True:
            kind, flags, of, payload = self.read_frame()
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.socket.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            elif kind == GOAWAY:
                sys.exit("instructions_client: vouchd ends the connection")
            elif kind in (DATA, HEADERS) and of == stream:
                answered += len(payload) if kind == DATA else 0
                if flags & END_STREAM:
                    return answered


def main():
    path, method, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    message = sys.stdin.buffer.read()
    body = struct.pack(">BI", 0, len(message)) + message
    headers = headers_of(method)
    connection = Connection(path)
    for call in range(calls):
        if connection.call(2 * call + 1, headers, body) == 0:
            sys.exit(f"instructions_client: {method} was refused")


if __name__ == "__main__":
    main()
