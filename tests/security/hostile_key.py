#!/usr/bin/python3
"""hostile_key.py MODE KEY.json SOCKET: the software key of tests/softkey, with something wrong from the first getAssertion on (or from
the first report). Prints `ready`.

    silent            takes everything and never answers
    babble            reports of nonsense without an end
    short-init        an answer to INIT that is too short
    other-channel     answers on a channel that nobody has opened
    huge              an answer of 65 535 bytes is announced
    sequence          the parts of an answer in the wrong order
    junk              an answer that is no CBOR
    deep              CBOR nested a thousand times
    keepalives        keep-alives without an end, as if a touch were waited for
    other-challenge   a good signature, of another challenge
    other-site        a good signature, for another relying party
    other-user        the handle of another user
    no-user           flags that say that nobody was there
"""
import argparse
import os
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "softkey"))

import ctap2
import ctaphid
from fido2 import cbor
from hardware import Plug, Touch, Unplugged
from keyfile import KeyFile

OK = b"\0"
FRAGMENT_SECONDS = 10  # how long a message of the other end may stall


class Liar(ctap2.Authenticator):
    """Signs something else than what it is asked to."""

    def __init__(self, mode, key_file, model):
        super().__init__(key_file, model)
        self._mode = mode

    def _assert(self, credential, client_data_hash, flags, with_user):
        if self._mode == "other-challenge":
            client_data_hash = bytes(32)
        if self._mode == "no-user":
            flags = 0
        answer = super()._assert(credential, client_data_hash, flags, with_user)
        if self._mode == "other-user" and 4 in answer:
            answer[4] = dict(answer[4], id=bytes(16))
        return answer

    def _auth_data(self, rp_id, flags):
        return super()._auth_data("evil.example" if self._mode == "other-site" else rp_id, flags)


class Hostile(ctaphid.Hid):
    """Breaks CTAPHID."""

    def __init__(self, mode, *parts):
        super().__init__(*parts)
        self._mode = mode

    def serve(self):
        if self._mode == "silent":
            while self._socket.recv(4096):
                pass
            return
        if self._mode == "babble":
            while True:
                self._socket.sendall(os.urandom(64 * 16))
        super().serve()

    def _send(self, channel, command, payload):
        if command == ctaphid.INIT and self._mode == "short-init":
            payload = payload[:9]
        asserting = command == ctaphid.CBOR and len(payload) > 150 and payload[:1] == OK
        if asserting and self._mode == "other-channel":
            channel ^= 1
        if asserting and self._mode == "huge":
            report = struct.pack(">IBH", channel, command | 0x80, 65535) + payload[:ctaphid.INIT_DATA]
            self._socket.sendall(report)
            for sequence in range(2000):
                self._socket.sendall(struct.pack(">IB", channel, sequence & 0x7F) + bytes(59))
            return
        if asserting and self._mode == "sequence":
            self._socket.sendall(struct.pack(">IBH", channel, command | 0x80, len(payload)) + payload[:ctaphid.INIT_DATA])
            self._socket.sendall(struct.pack(">IB", channel, 5) + bytes(59))
            return
        if asserting and self._mode == "junk":
            payload = OK + b"\xff" * 200
        if asserting and self._mode == "deep":
            payload = OK + b"\x81" * 5000
        if asserting and self._mode == "keepalives":
            while True:
                super()._send(channel, ctaphid.KEEPALIVE, bytes([ctaphid.UP_NEEDED]))
                time.sleep(0.05)
        super()._send(channel, command, payload)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("mode", "file", "socket"):
        parser.add_argument(name)
    options = parser.parse_args()
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o177)
    listener.bind(options.socket)
    listener.listen(4)
    print("ready", flush=True)
    model = ctap2.Model("packed", False, None, Plug())
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                key = Liar(options.mode, KeyFile.load(options.file, set()), model)
                Hostile(options.mode, connection, key, Touch("auto"), Plug(), FRAGMENT_SECONDS, lambda _: None).serve()
            except (OSError, Unplugged):
                pass  # the other end has had enough


if __name__ == "__main__":
    main()
