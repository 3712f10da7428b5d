#!/usr/bin/python3
"""Programs of the same user that misuse vouchd's socket: door_attacks.py NAME SOCKET [SECONDS].

Prints `ready` when the attack is in force, and goes on for SECONDS (default: until it is ended). At its end it prints one line of
JSON: what became of its connections.
"""
import json
import os
import random
import select
import signal
import struct
import sys
import threading
import time

import http2
from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, frame

HELLO = PREFACE + http2.settings()


class Over(Exception):
    """SIGTERM, or the time is up."""


def is_open(connection):
    """Whether the other end has not closed it; what it said is passed over."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def connect_many(path, count, first=b""):
    """Some may be refused at once, or find the queue full for long."""
    connections = []
    for _ in range(count):
        try:
            connection = http2.connect(path)
            connections.append(connection)
            connection.sendall(first)
        except OSError:
            pass
    return connections


def hold(path, processes, each, first):
    """`each` connections of every one of `processes`, made again when they are closed."""
    children = []
    has_all, tell = os.pipe()
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            connections = connect_many(path, each, first)
            os.write(tell, b".")
            while True:
                time.sleep(0.5)
                connections = [c for c in connections if is_open(c)]
                connections += connect_many(path, each - len(connections), first)
        children.append(child)
    try:
        for _ in children:
            os.read(has_all, 1)
        announce()
        wait()
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def announce(in_force=lambda: True):
    while not in_force():
        time.sleep(0.1)
    print("ready", flush=True)


def wait():
    while True:
        time.sleep(0.1)  # until Over


# ---- silent and greedy ------------------------------------------------------------------------------------------------

def silent(path):
    """3000 connections of 30 processes that say nothing: more than vouchd holds in all."""
    hold(path, 30, 100, b"")


def greedy(path):
    """One process takes all that it can get: 600 connections that have made a call. Tells how many it could keep."""
    connections = connect_many(path, 600, HELLO + http2.call("GetStatus", 1))
    announce()
    try:
        wait()
    finally:
        print(json.dumps({"open": sum(is_open(c) for c in connections)}))


# ---- slow --------------------------------------------------------------------------------------------------------------

def drip(connection, data):
    """One byte at a time, for as long as the other end takes them."""
    def run():
        try:
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(0.4)
        except OSError:
            pass
    threading.Thread(target=run, daemon=True).start()


FIELDS = http2.request_fields("GetStatus")
SLOW = {
    "nothing": b"",
    "half a preface": PREFACE[:12],
    "a preface": PREFACE,
    "a preface and settings": HELLO,
    "headers without an end": HELLO + frame(HEADERS, 0, 1, FIELDS),
    "no body": HELLO + frame(HEADERS, END_HEADERS, 1, FIELDS),
    "half a body": HELLO + frame(HEADERS, END_HEADERS, 1, FIELDS) + frame(DATA, 0, 1, struct.pack(">BI", 0, 1000) + b"x" * 10),
    "half a frame": HELLO + frame(HEADERS, END_HEADERS, 1, FIELDS)[:40],
}


def slow(path):
    """One connection of each kind, and one whose bytes come one by one. Tells after how many seconds each was closed."""
    connections = {kind: http2.connect(path) for kind in [*SLOW, "byte by byte"]}
    for kind, first in SLOW.items():
        connections[kind].sendall(first)
    drip(connections["byte by byte"], HELLO + http2.call("GetStatus", 1) * 10)
    announce()
    start, closed = time.monotonic(), {}
    while len(closed) < len(connections) and time.monotonic() - start < 40:
        time.sleep(0.1)
        for kind, connection in connections.items():
            if kind not in closed and not is_open(connection):
                closed[kind] = round(time.monotonic() - start, 1)
    print(json.dumps({kind: closed.get(kind, 999) for kind in connections}))


def takes_nothing(path):
    """Clients that ask and take no answer: a window of nothing, and a socket that is never read. Tells after how many seconds
    each was closed."""
    no_window = http2.connect(path)
    no_window.sendall(PREFACE + http2.settings(window=0) + http2.call("GetStatus", 1))
    full = http2.connect(path)
    asked = threading.Thread(target=ask_often, args=(full,), daemon=True)
    asked.start()
    announce()
    start, closed = time.monotonic(), {}
    while len(closed) < 2 and time.monotonic() - start < 70:
        time.sleep(0.2)
        if "no window" not in closed and not is_open(no_window):
            closed["no window"] = round(time.monotonic() - start, 1)
        if "never read" not in closed and hung_up(full):
            closed["never read"] = round(time.monotonic() - start, 1)
    print(json.dumps({kind: closed.get(kind, 999) for kind in ("no window", "never read")}))


def hung_up(connection):
    """Without reading from it."""
    poller = select.poll()
    poller.register(connection, 0)
    return bool(poller.poll(0))


def ask_often(connection):
    """For more than a socket can hold."""
    try:
        connection.sendall(PREFACE + http2.settings(window=2**31 - 1) + frame(http2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))
        for stream in range(1, 2000, 2):
            connection.sendall(http2.call("GetStatus", stream))
    except OSError:
        pass


def wild(path):
    """A program that keeps to HTTP/2 and has run wild: 100 connections with 20 calls each under way, every one for a role that nobody
    has asked for. Tells how many were answered."""
    answered, has_begun = [0] * 100, [False] * 100

    def run(own):
        stream = 1
        while True:
            connection = http2.connect(path)
            try:
                connection.sendall(PREFACE + http2.settings(window=2**31 - 1) + frame(http2.SETTINGS, http2.ACK) +
                                   frame(http2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))
                for stream in range(1, 40, 2):
                    ask_for_a_role(connection, own, stream)
                has_begun[own] = True
                for kind, flags, _, _ in http2.frames(connection):
                    if kind == HEADERS and flags & END_STREAM:
                        answered[own] += 1
                        stream += 2
                        ask_for_a_role(connection, own, stream)
            except OSError:
                time.sleep(0.1)
            connection.close()
    for own in range(100):
        threading.Thread(target=run, args=(own,), daemon=True).start()
    announce(lambda: all(has_begun) and sum(answered) > 100)
    try:
        wait()
    finally:
        print(json.dumps({"answered": sum(answered)}))


def ask_for_a_role(connection, own, stream):
    role = text(1, f"arn:aws:iam::123456789012:role/Wild-{own}-{stream}".encode())
    caller = text(3, text(3, os.environ["AWS_ENDPOINT_URL_STS"].encode()))
    connection.sendall(http2.call("GetAwsCredentials", stream, role + caller))


def text(number, value):
    """A field of Protobuf."""
    return bytes([number << 3 | 2, len(value)]) + value


# ---- floods ------------------------------------------------------------------------------------------------------------

def flood_of(make, path):
    """Sends what make(number) gives as fast as it is taken, on eight connections, reading whatever comes. Begins again when it is
    thrown out. Tells how many bytes were taken."""
    taken = [0] * 8

    def run(own):
        while True:
            connection = http2.connect(path)
            try:
                connection.sendall(HELLO)
                for number in range(1, 2**20):
                    data = make(number)
                    connection.sendall(data)
                    taken[own] += len(data)
                    if not is_open(connection):
                        break
                    connection.settimeout(20)
            except OSError:
                pass
            connection.close()
    for own in range(8):
        threading.Thread(target=run, args=(own,), daemon=True).start()
    announce(lambda: sum(taken) > 100_000)
    try:
        wait()
    finally:
        print(json.dumps({"bytes": sum(taken)}))


def abandoned(number):
    """Whole calls that are given up at once ("rapid reset", CVE-2023-44487)."""
    first = 200 * (number - 1) + 1
    return b"".join(http2.call("GetPosture", stream) + frame(http2.RST_STREAM, 0, stream, struct.pack(">I", 8))
                    for stream in range(first, first + 200, 2))


def new_streams(number):
    return b"".join(frame(HEADERS, END_HEADERS, 200 * (number - 1) + 1 + 2 * i, FIELDS) for i in range(100))


def late_streams(number):
    """The same, by a client that made one call and kept still until nobody looks at it any more."""
    if number == 1:
        return http2.call("GetStatus", 1)
    if number == 2:
        time.sleep(8)
    return new_streams(number)


FLOODS = {
    "pings": lambda number: frame(http2.PING, 0, 0, b"12345678") * 100,
    "settings": lambda number: http2.settings(window=number) * 100,
    "window-updates": lambda number: frame(http2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)) * 100,
    "priorities": lambda number: frame(http2.PRIORITY, 0, 2 * number + 1, struct.pack(">IB", 0, 1)) * 100,
    "unknown-frames": lambda number: frame(99, 0, 0, b"x" * 100) * 100,
    "abandoned-calls": abandoned,
    "new-streams": new_streams,
    "late-streams": late_streams,
    "continuations": lambda number: (frame(HEADERS, 0, 1, FIELDS) if number == 1 else b"") + frame(http2.CONTINUATION, 0, 1) * 100,
    "empty-data": lambda number: (frame(HEADERS, END_HEADERS, 1, FIELDS) if number == 1 else b"") + frame(DATA, 0, 1) * 100,
}


# ---- giants ------------------------------------------------------------------------------------------------------------

def giant_headers(number):
    """Up to a mebibyte a time, without an end."""
    more = b"".join(http2.field(f"x-{number}-{i}", "x" * 16000) for i in range(64))
    pieces = [more[i:i + 16384] for i in range(0, len(more), 16384)]
    if number == 1:
        pieces.insert(0, FIELDS)
    out = b"".join(frame(http2.CONTINUATION, 0, 1, piece) for piece in pieces)
    return frame(HEADERS, 0, 1, pieces[0]) + out[9 + len(pieces[0]):] if number == 1 else out


def many_headers(number):
    more = b"".join(http2.field(f"x-{number}-{i}", "") for i in range(1000))
    return frame(HEADERS if number == 1 else http2.CONTINUATION, 0, 1, (FIELDS if number == 1 else b"") + more)


def giant_message(number):
    """4 GiB are announced, and sent."""
    first = frame(HEADERS, END_HEADERS, 1, FIELDS) + frame(DATA, 0, 1, b"\x00\xff\xff\xff\xff") if number == 1 else b""
    return first + frame(DATA, 0, 1, b"x" * 16384)


def many_messages(number):
    """Calls of 60 KB each, of which none ends, on as many streams as there may be."""
    body = struct.pack(">BI", 0, 60_000) + b"x" * 16_000
    return frame(HEADERS, END_HEADERS, 2 * number - 1, FIELDS) + frame(DATA, 0, 2 * number - 1, body)


GIANTS = {"giant-headers": giant_headers, "many-headers": many_headers, "giant-message": giant_message,
          "many-messages": many_messages}


# ---- nonsense ----------------------------------------------------------------------------------------------------------

def nonsense(path):
    """Random bytes, and whole calls with some of theirs changed, cut off or sent twice."""
    seed = int(os.environ.get("SEED", "7"))
    print(f"seed {seed}", file=sys.stderr)
    rng = random.Random(seed)
    whole = HELLO + http2.call("GetStatus", 1) + http2.call("GetAwsCredentials", 3, b"\x0a\x05hello")
    announce()
    rounds = 0
    try:
        while True:
            data = bytearray(whole if rounds % 4 else rng.randbytes(rng.randrange(1, 20_000)))
            for _ in range(rng.choice((0, 1, 1, 2, 8))):
                data[rng.randrange(len(data))] = rng.randrange(256)
            if rng.random() < 0.3:
                del data[rng.randrange(len(data)):]
            if rng.random() < 0.2:
                data = bytes(data) * 2
            connection = http2.connect(path)
            try:
                connection.sendall(data)
                if rng.random() < 0.5:
                    time.sleep(0.005)
                    is_open(connection)
            except OSError:
                pass
            connection.close()
            rounds += 1
    finally:
        print(json.dumps({"connections": rounds}))


ATTACKS = {"silent": silent, "greedy": greedy, "slow": slow, "takes-nothing": takes_nothing, "wild": wild, "nonsense": nonsense}
ATTACKS.update({name: lambda path, make=make: flood_of(make, path) for name, make in {**FLOODS, **GIANTS}.items()})


def over(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise Over


def main():
    name, path, *seconds = sys.argv[1:]
    signal.signal(signal.SIGTERM, over)
    signal.signal(signal.SIGALRM, over)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if seconds:
        signal.setitimer(signal.ITIMER_REAL, float(seconds[0]))
    try:
        ATTACKS[name](path)
    except Over:
        pass
    sys.stdout.flush()
    os._exit(0)  # threads may be in the middle of something


if __name__ == "__main__":
    main()
