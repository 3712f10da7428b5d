#!/usr/bin/python3
"""stalling.py SOCKET: listens there, begins to answer whoever asks, and says no more. SOCKET.sent is there once the beginning
has been read: a ping came behind it (RFC 9113, 6.7), and was answered."""

import os
import socket
import sys

SETTINGS = b"\0\0\0\4\0\0\0\0\0"
STATUS = b"\0\0\1\1\4\0\0\0\1\x88"  # HEADERS of the answer, :status 200
PING, ANSWERED = (b"\0\0\x08\6" + flags + b"\0\0\0\0" + b"are you?" for flags in (b"\0", b"\1"))


def main():
    path = sys.argv[1]
    kept = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path + ".new")
        server.listen()
        os.rename(path + ".new", path)  # not there before it can be asked
        while True:
            connection, _ = server.accept()
            kept.append(connection)
            if begin_to_answer(connection):
                open(path + ".sent", "w", encoding="ascii").close()


def begin_to_answer(connection):
    """False when the other end has gone before it had read that."""
    said = b""
    try:
        connection.sendall(SETTINGS + STATUS + PING)
        while ANSWERED not in said:
            more = connection.recv(1 << 16)
            if not more:
                return False
            said += more
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
