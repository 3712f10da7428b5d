"""Structured field values (RFC 8941), as much of them as HTTP message signatures need: dictionaries whose members are
inner lists of strings with parameters, or byte sequences. Parses leniently where the RFC does and serialises strictly,
because the Vouch server rebuilds the signature base from its own serialisation.
"""

import base64
import binascii
import re

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_BOOLEAN = re.compile(r"\?([01])")


class FieldError(ValueError):
    """Not a structured field."""


class Token(str):
    """A token, which is serialised without quotes."""


class _Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self):
        return self.text[self.at:self.at + 1]

    def skip(self, characters):
        while self.peek() and self.peek() in characters:
            self.at += 1

    def match(self, pattern):
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def expect(self, character):
        if self.peek() != character:
            raise FieldError(f"{character!r} expected at {self.at}")
        self.at += 1


def _bare_item(reader):
    if found := reader.match(_STRING):
        return re.sub(r"\\(.)", r"\1", found[1])
    if found := reader.match(_BYTES):
        try:
            return base64.b64decode(found[1], validate=True)
        except binascii.Error as error:
            raise FieldError("byte sequence is not base64") from error
    if found := reader.match(_BOOLEAN):
        return found[1] == "1"
    if found := reader.match(_INTEGER):
        return int(found[0])
    if found := reader.match(_TOKEN):
        return Token(found[0])
    raise FieldError(f"item expected at {reader.at}")


def _parameters(reader):
    parameters = {}
    while reader.peek() == ";":
        reader.at += 1
        reader.skip(" ")
        name = reader.match(_KEY)
        if not name:
            raise FieldError("parameter name expected")
        value = True
        if reader.peek() == "=":
            reader.at += 1
            value = _bare_item(reader)
        parameters.pop(name[0], None)
        parameters[name[0]] = value
    return parameters


def _inner_list(reader):
    items = []
    reader.expect("(")
    while True:
        reader.skip(" ")
        if reader.peek() == ")":
            reader.at += 1
            return items, _parameters(reader)
        value = _bare_item(reader)
        items.append((value, _parameters(reader)))
        if reader.peek() not in (" ", ")"):
            raise FieldError("space or ) expected in an inner list")


def parse_dictionary(text):
    """name -> (value, parameters); the value of an inner list is a list of (item, parameters)."""
    reader, members = _Reader(text.strip(" ")), {}
    while reader.peek():
        name = reader.match(_KEY)
        if not name:
            raise FieldError("member name expected")
        if reader.peek() != "=":
            members[name[0]] = (True, _parameters(reader))
        else:
            reader.at += 1
            if reader.peek() == "(":
                members[name[0]] = _inner_list(reader)
            else:
                value = _bare_item(reader)
                members[name[0]] = (value, _parameters(reader))
        reader.skip(" \t")
        if not reader.peek():
            break
        reader.expect(",")
        reader.skip(" \t")
        if not reader.peek():
            raise FieldError("comma at the end")
    return members


def _serialize_item(value):
    if isinstance(value, bool):
        return f"?{int(value)}"
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Token):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _serialize_parameters(parameters):
    return "".join(f";{name}" if value is True else f";{name}={_serialize_item(value)}"
                   for name, value in parameters.items())


def serialize_item(value, parameters):
    return _serialize_item(value) + _serialize_parameters(parameters)


def serialize_inner_list(items, parameters):
    """The canonical form: one space between items, none elsewhere."""
    return "(" + " ".join(serialize_item(value, own) for value, own in items) + ")" + _serialize_parameters(parameters)
