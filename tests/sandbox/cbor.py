"""Reads CBOR (RFC 8949) as authenticators write it: definite lengths, shortest heads, no floats, no tags, each map key
once. Anything else is refused. Used by `attestation_check.py`.
"""

import struct

DEEPEST = 8
_WORDS = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_SIMPLE = {20: False, 21: True, 22: None}


class CborError(ValueError):
    """Not the CBOR that an authenticator writes."""


def decode(data):
    """The one item that `data` is."""
    value, end = decode_first(data)
    if end != len(data):
        raise CborError(f"{len(data) - end} bytes after the item")
    return value


def decode_first(data, start=0, depth=0):
    """The item at `start`, and where it ends."""
    if depth > DEEPEST:
        raise CborError("nested too deeply")
    major, argument, at = _head(data, start)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major in (2, 3):
        return _string(data, at, argument, major == 3), at + argument
    if major == 4:
        items = []
        for _ in range(argument):
            value, at = decode_first(data, at, depth + 1)
            items.append(value)
        return items, at
    if major == 5:
        return _map(data, at, argument, depth)
    if major == 7 and argument in _SIMPLE:
        return _SIMPLE[argument], at
    raise CborError(f"major type {major}, {argument}")


def _head(data, at):
    if at >= len(data):
        raise CborError("ends too early")
    major, low = data[at] >> 5, data[at] & 31
    if low < 24:
        return major, low, at + 1
    if low not in _WORDS or major == 7:
        raise CborError("indefinite length, float or reserved head")
    size = struct.calcsize(_WORDS[low])
    if at + 1 + size > len(data):
        raise CborError("ends too early")
    argument = struct.unpack_from(_WORDS[low], data, at + 1)[0]
    if argument < (24 if low == 24 else 1 << (4 * size)):
        raise CborError("a head that is longer than it must be")
    return major, argument, at + 1 + size


def _string(data, at, size, is_text):
    if at + size > len(data):
        raise CborError("ends too early")
    try:
        return data[at:at + size].decode() if is_text else data[at:at + size]
    except UnicodeDecodeError as error:
        raise CborError("text that is not UTF-8") from error


def _map(data, at, size, depth):
    value = {}
    for _ in range(size):
        name, at = decode_first(data, at, depth + 1)
        if isinstance(name, bool) or not isinstance(name, (int, str, bytes)) or name in value:
            raise CborError("a map key twice, or of a type that is none")
        value[name], at = decode_first(data, at, depth + 1)
    return value, at
