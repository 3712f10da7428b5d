#!/usr/bin/python3
"""listen_as.py UID SOCKET: a program of that user that listens at SOCKET, for everybody, and answers nobody. Prints `ready`, and for
each connection the number of bytes that came on it until it was closed."""
import os
import socket
import sys


def main():
    uid, path = int(sys.argv[1]), sys.argv[2]
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    if os.path.exists(path):
        os.unlink(path)
    os.umask(0)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        connection.settimeout(5)
        size = 0
        try:
            while more := connection.recv(65536):
                size += len(more)
        except OSError:
            pass
        print(f"got {size}", flush=True)


if __name__ == "__main__":
    main()
