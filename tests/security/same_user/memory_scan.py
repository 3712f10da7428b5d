#!/usr/bin/python3
"""Reads all of a process's memory and looks for pieces of secrets.

    memory_scan.py PID SECRETS.json [--allow KIND=PLACE …] [--must-find KIND …]

SECRETS.json is a list of {"kind": …, "secret": …}. Of each secret the part that makes it one is looked for (of a token
its signature, of a stored key its number), as it is, percent-encoded, in base64 and base64url wherever in a longer text it
may stand, decoded from those, and, of an AWS secret key, the keys that SigV4 derives from it. A find is any 16 bytes in
a row of one of these, at any address.

One line for each place where something lies; exit code 1 when that is not allowed, or when --must-find found nothing: a
scan that sees nothing because it cannot see is no proof. PLACE is "locked": a mapping that is locked and left out of
cores. 77 when the memory cannot be read here.
"""

import argparse
import base64
import collections
import datetime
import hashlib
import hmac
import json
import os
import re
import signal
import sys
import time
import urllib.parse

SHORTEST = 16  # bytes in a row
WORD = 8  # any SHORTEST bytes hold one aligned word, so only those are looked up
STEP = 1 << 24
KNOWN_TO_ALL = "IQoJb3JpZ2luX2VjE"  # how every session token begins
REGIONS = ("us-east-1", "eu-west-1")
SERVICES = ("sts", "eks")

Mapping = collections.namedtuple("Mapping", "start end name locked")


# ---- what to look for ------------------------------------------------------------------------------------------------

def secret_part(kind, secret):
    """The part of a secret that nobody can know without having been given it."""
    if kind.endswith("id_token") or kind == "access_token":
        return secret.rpartition(".")[2]
    if kind == "eks_token":
        text = secret.removeprefix("k8s-aws-v1.")
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        return re.search("X-Amz-Signature=([0-9a-f]{64})", url)[1]
    return secret.removeprefix(KNOWN_TO_ALL)


def base64_inside(data):
    """How `data` looks in the base64 of a text that it is a part of: three ways, and each in both alphabets."""
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + data)
        first = -(-8 * lead // 6)  # characters that the lead has a share in
        whole = (lead + len(data)) * 8 // 6
        for text in {encoded[first:whole], encoded[first:whole].translate(bytes.maketrans(b"+/", b"-_"))}:
            yield text


def decoded(text):
    """The bytes of base64 or base64url, where it is that."""
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    if not re.fullmatch("[A-Za-z0-9+/]+", plain) or len(plain) % 4 == 1:
        return
    yield base64.b64decode(plain + "=" * (-len(plain) % 4))


def signing_keys(secret):
    """What SigV4 makes of a secret key on these days, step by step."""
    today = datetime.datetime.now(datetime.timezone.utc)
    for days in (-1, 0, 1):
        date = (today + datetime.timedelta(days=days)).strftime("%Y%m%d")
        of_date = _hmac(b"AWS4" + secret.encode(), date)
        yield of_date
        for region in REGIONS:
            of_region = _hmac(of_date, region)
            yield of_region
            for service in SERVICES:
                of_service = _hmac(of_region, service)
                yield of_service
                yield _hmac(of_service, "aws4_request")


def _hmac(key, message):
    return hmac.new(key, message.encode(), hashlib.sha256).digest()


def private_number(stored):
    """The number of a stored client key, as files and as OpenSSL hold it."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    text = json.loads(stored)["pkcs8"]
    der = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    number = load_der_private_key(der, None).private_numbers().private_value
    return number.to_bytes(32, "big"), number.to_bytes(32, "little")


def forms(kind, secret):
    """(what it is, bytes) for each form in which a secret may lie somewhere."""
    if kind == "client_key":
        for number in private_number(secret):
            yield "number", number
            for text in base64_inside(number):
                yield "base64", text
        return
    part = secret_part(kind, secret)
    quoted = urllib.parse.quote(part, safe="")
    for name, data in {"": part.encode(), "quoted": quoted.encode()}.items():
        yield name or "text", data
        for text in base64_inside(data):
            yield f"base64 {name}".strip(), text
    for data in decoded(part):
        yield "decoded", data
    if kind == "secret_access_key":
        for key in signing_keys(secret):
            yield "signing key", key


class Wanted:
    """All forms of all secrets, and the words in them."""

    def __init__(self, secrets):
        self.words = collections.defaultdict(list)  # of 8 bytes, as a number -> [(kind, form, bytes, offset)]
        for entry in secrets:
            for form, data in forms(entry["kind"], entry["secret"]):
                if len(data) < SHORTEST:
                    raise SystemExit(f"a {entry['kind']} is too short to be looked for")
                for at in range(len(data) - WORD + 1):
                    number = int.from_bytes(data[at:at + WORD], sys.byteorder)
                    self.words[number].append((entry["kind"], form, data, at))

    def find(self, memory):
        """(offset, length, kind, form) of each piece of SHORTEST bytes or more."""
        numbers = memoryview(memory)[:len(memory) // WORD * WORD].cast("Q")
        hits = self.words.keys() & set(numbers)
        if not hits:
            return
        ends = {}
        for index, number in enumerate(numbers):
            if number in hits:
                yield from self._pieces(memory, index * WORD, self.words[number], ends)

    @staticmethod
    def _pieces(memory, at, candidates, ends):
        for kind, form, data, offset in candidates:
            if ends.get((kind, form), -1) > at:
                continue  # a part of what was told
            before = 0
            while before < min(offset, at) and memory[at - before - 1] == data[offset - before - 1]:
                before += 1
            after = WORD
            while offset + after < len(data) and at + after < len(memory) and memory[at + after] == data[offset + after]:
                after += 1
            if before + after >= SHORTEST:
                ends[kind, form] = at + after
                yield at - before, before + after, kind, form


# ---- the process -----------------------------------------------------------------------------------------------------

def mappings(pid):
    found = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \S+ *(.*)$", line)
            if head:
                found.append([int(head[1], 16), int(head[2], 16), head[4] or "memory of its own", False])
                readable = head[3].startswith("r") and not head[4].startswith("[v")
            elif line.startswith("VmFlags:"):
                found[-1][3] = {"lo", "dd"} <= set(line.split())
                if not readable:
                    found.pop()
    return [Mapping(*each) for each in found]


def scan(pid, wanted):
    """(mapping, address, length, kind, form) of every find. The process stands still meanwhile."""
    found, size = [], 0
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until_it_stands(pid)
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for mapping in mappings(pid):
                at = mapping.start
                while at < mapping.end:
                    piece = read_at(memory, at, min(STEP, mapping.end - at))
                    size += len(piece)
                    found += [(mapping, at + offset, length, kind, form)
                              for offset, length, kind, form in wanted.find(piece)]
                    at += STEP
    finally:
        os.kill(pid, signal.SIGCONT)
    return found, size


def wait_until_it_stands(pid):
    end = time.monotonic() + 30
    while not set(states_of_threads(pid)) <= set("TtXZ"):
        if time.monotonic() > end:
            raise TimeoutError("the process does not stop")
        time.sleep(0.01)


def states_of_threads(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="utf-8", errors="replace") as file:
                yield file.read().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended


def read_at(memory, at, size):
    """The bytes there; none where the kernel gives none (pages beyond the end of a mapped file)."""
    pieces = []
    memory.seek(at)
    while size > 0:
        try:
            piece = memory.read(size)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


# ---- the verdict -----------------------------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pid", type=int)
    parser.add_argument("secrets")
    parser.add_argument("--allow", action="append", default=[], metavar="KIND=locked")
    parser.add_argument("--must-find", action="append", default=[], metavar="KIND")
    arguments = parser.parse_args()
    allowed = {tuple(each.split("=", 1)) for each in arguments.allow}
    with open(arguments.secrets, encoding="utf-8") as file:
        secrets = json.load(file)
    wanted = Wanted(secrets)
    try:
        found, size = scan(arguments.pid, wanted)
    except PermissionError as error:
        print(f"cannot read that memory here: {error}", file=sys.stderr)
        return 77
    failed = False
    for mapping, address, length, kind, form in found:
        place = "locked" if mapping.locked else mapping.name
        allowed_here = (kind, place) in allowed
        failed |= not allowed_here
        print(f"{'allowed' if allowed_here else 'FOUND'}: {length} bytes of {kind} ({form}) at {address:#x} in {place}, "
              f"{address - mapping.start:#x} of {mapping.end - mapping.start:#x}")
    missing = set(arguments.must_find) - {kind for _, _, _, kind, _ in found}
    for kind in sorted(missing):
        print(f"MISSING: no {kind} in memory")
    kinds = collections.Counter(entry["kind"] for entry in secrets)
    print(f"looked for {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))} in {size >> 20} MiB")
    return int(failed or bool(missing))


if __name__ == "__main__":
    sys.exit(main())
