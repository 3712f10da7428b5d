#!/usr/bin/python3
"""stalling.py SOCKET: listens there, begins to answer whoever asks, and says no more. SOCKET.sent is there once it has."""

import socket
import sys

SETTINGS = b"\0\0\0\4\0\0\0\0\0"
STATUS = b"\0\0\1\1\4\0\0\0\1\x88"  # HEADERS of the answer, :status 200


def main():
    path = sys.argv[1]
    kept = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            kept.append(server.accept()[0])
            kept[-1].sendall(SETTINGS + STATUS)
            kept[-1].recv(1 << 16)
            open(path + ".sent", "w", encoding="ascii").close()


if __name__ == "__main__":
    main()
