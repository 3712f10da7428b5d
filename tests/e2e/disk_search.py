#!/usr/bin/python3
"""Looks for secrets in files.

    disk_search.py SECRETS FILE_OR_FOLDER… [--skip FILE]…

SECRETS has one a line: a name, a tab, the secret. Each is looked for as it is, as the bytes that it stands for where it is base64, in hex,
in base64 at each of the three alignments, URL-encoded, and in pieces of all these: no 24 bytes in a row may be there. Prints a line for
each find and ends with 1; with 2 when there was nothing to look for or nothing to look into.
"""

import argparse
import base64
import binascii
import contextlib
import os
import pathlib
import stat
import sys
import urllib.parse

WINDOW = 24  # bytes; what several tokens may share by chance or by a standard is shorter, or is left out below


def decoded(text):
    """The bytes that `text` stands for, where it is base64 of either alphabet."""
    standard = text.replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(standard + b"=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def forms(secret):
    yield secret
    yield urllib.parse.quote(secret, safe="").encode()
    yield secret.hex().encode()
    if len(raw := decoded(secret)) >= 16:
        yield raw
        yield raw.hex().encode()
    for shift in range(3):
        inside = base64.b64encode(b"\0" * shift + secret)
        yield inside[4 if shift else 0 : -4]


def parts(secret):
    """Of a JWT the signature: its header is that of all tokens, its payload says who the person is."""
    is_jwt = secret.startswith(b"eyJ") and secret.count(b".") == 2
    return secret.rsplit(b".", 1)[1] if is_jwt else secret


def pieces(secret):
    for form in forms(parts(secret)):
        for start in range(max(1, len(form) - WINDOW + 1)):
            yield form[start : start + WINDOW]


def paths(place):
    if not place.is_dir():
        yield place
    for folder, _, names in os.walk(place):
        yield from (pathlib.Path(folder, name) for name in names)


def files(places, skipped):
    """Each with its content. What is gone by now is on no disk."""
    for path in (path for place in map(pathlib.Path, places) for path in paths(place) if path not in skipped):
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield path, path.read_bytes()


def names_in(content, needles, sizes):
    return {needles[piece] for size in sizes for start in range(len(content) - size + 1)
            if (piece := content[start : start + size]) in needles}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("secrets")
    parser.add_argument("places", nargs="+")
    parser.add_argument("--skip", action="append", default=[], type=pathlib.Path)
    options = parser.parse_args()
    needles = {}
    for line in pathlib.Path(options.secrets).read_bytes().splitlines():
        name, _, secret = line.partition(b"\t")
        needles.update((piece, name.decode()) for piece in pieces(secret) if len(piece) >= 6)
    sizes = {len(piece) for piece in needles}
    count = finds = 0
    for path, content in files(options.places, set(options.skip)):
        count += 1
        for name in sorted(names_in(content, needles, sizes)):
            finds += 1
            print(f"{path}: {name}")
    print(f"{len(needles)} pieces, {count} files")
    return 1 if finds else 0 if needles and count else 2


if __name__ == "__main__":
    sys.exit(main())
