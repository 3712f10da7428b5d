#!/usr/bin/python3
"""Reads the little of Terraform's language that a grant for an EKS cluster needs: blocks with labels, and attributes
that are texts without templates, lists of them, or references. Everything else is an error, with its line.

    hcl.py --json [NAME=VALUE…] FILE   the blocks as JSON; a reference NAME becomes VALUE, another is {"ref": NAME}
    hcl.py --aws [NAME=VALUE…] FILE    the calls of the AWS CLI that make these resources, one a line, for a shell
"""

import json
import re
import shlex
import sys

TOKEN = re.compile(r'[ \t]+|#[^\n]*|//[^\n]*|(?P<text>"(?:[^"\\$%\n]|\\["\\])*")|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)'
                   r"|(?P<mark>[{}\[\]=,.])|(?P<line>\n)")
ENTRY, ASSOCIATION = "aws_eks_access_entry", "aws_eks_access_policy_association"
# type -> the attributes and blocks that the AWS provider wants, and those that it takes
SCHEMA = {ENTRY: ({"cluster_name", "principal_arn"}, {"type", "kubernetes_groups", "user_name", "tags"}),
          ASSOCIATION: ({"cluster_name", "principal_arn", "policy_arn", "access_scope"}, set())}


class Wrong(ValueError):
    """Not what this reader takes."""


def tokens(text):
    """Pairs of kind and text, with the line."""
    at, line = 0, 1
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise Wrong(f"line {line}: {text[at:at + 20]!r}")
        if found.lastgroup:
            yield found.lastgroup, found[0], line
        line += found[0].count("\n")
        at = found.end()
    yield "end", "", line


class Reader:
    def __init__(self, text, values):
        self._tokens = list(tokens(text))
        self._at = 0
        self._values = values

    def _next(self, *wanted):
        kind, text, line = self._tokens[self._at]
        if wanted and kind not in wanted and text not in wanted:
            raise Wrong(f"line {line}: {text!r} instead of {' or '.join(wanted)}")
        self._at += 1
        return text

    def _sees(self, *wanted):
        kind, text, _ = self._tokens[self._at]
        return kind in wanted or text in wanted

    def _skip_lines(self):
        while self._sees("line"):
            self._next()

    def body(self, end):
        """The attributes and blocks up to `end`."""
        attributes, blocks = {}, []
        self._skip_lines()
        while not self._sees(end):
            name = self._next("name")
            if self._sees("="):
                if name in attributes:
                    raise Wrong(f"{name} is repeated")
                self._next("=")
                attributes[name] = self._value()
            else:
                blocks.append(self._block(name))
            if not self._sees(end):
                self._next("line")
            self._skip_lines()
        self._next(end)
        return {"attributes": attributes, "blocks": blocks}

    def _block(self, kind):
        labels = []
        while not self._sees("{"):
            labels.append(json.loads(self._next("text")))
        self._next("{")
        return {"kind": kind, "labels": labels} | self.body("}")

    def _value(self):
        if self._sees("text"):
            return json.loads(self._next("text"))
        if self._sees("["):
            return self._list()
        name = self._next("name")
        while self._sees("."):
            name += self._next(".") + self._next("name")
        return self._values.get(name, {"ref": name})

    def _list(self):
        self._next("[")
        items = []
        while not self._sees("]"):
            items.append(self._value())
            if not self._sees("]"):
                self._next(",")
        self._next("]")
        return items


def check(block, known):
    """A resource as the AWS provider takes it; `known` are the addresses of all resources of the file."""
    if block["kind"] != "resource" or len(block["labels"]) != 2 or block["labels"][0] not in SCHEMA:
        raise Wrong(f"{block['kind']} {block['labels']} is no resource of a grant")
    wanted, allowed = SCHEMA[block["labels"][0]]
    nested = [one["kind"] for one in block["blocks"]]
    present = set(block["attributes"]) | set(nested)
    if len(nested) != len(set(nested)) or wanted - present or present - wanted - allowed - {"depends_on"}:
        raise Wrong(f"{block['labels']} has {sorted(present)}")
    for one in block["attributes"].get("depends_on", []):
        if not isinstance(one, dict) or one["ref"] not in known:
            raise Wrong(f"depends_on names {one}, which is not in the file")


def commands(block):
    """The calls that `terraform apply` comes to."""
    attributes = block["attributes"]
    common = ["--cluster-name", attributes["cluster_name"], "--principal-arn", attributes["principal_arn"]]
    if block["labels"][0] == ENTRY:
        return ["aws", "eks", "create-access-entry", *common, "--type", attributes.get("type", "STANDARD")]
    scope = next(one["attributes"] for one in block["blocks"] if one["kind"] == "access_scope")
    return ["aws", "eks", "associate-access-policy", *common, "--policy-arn", attributes["policy_arn"],
            "--access-scope", json.dumps(scope)]


def main(form, *rest):
    values = dict(one.split("=", 1) for one in rest[:-1])
    with open(rest[-1], encoding="utf-8") as file:
        blocks = Reader(file.read(), values).body("end")["blocks"]
    known = {".".join(block["labels"]) for block in blocks}
    if not blocks or len(known) != len(blocks):
        raise Wrong("no resource, or two of one address")
    for block in blocks:
        check(block, known)
    if form == "--aws":
        print("\n".join(shlex.join(commands(block)) for block in sorted(blocks, key=lambda one: one["labels"][0])))
    else:
        print(json.dumps(blocks))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Wrong as error:
        sys.exit(f"hcl.py: {error}")
