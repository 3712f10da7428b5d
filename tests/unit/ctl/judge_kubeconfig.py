#!/usr/bin/python3
"""Judges edits of YAML texts with PyYAML: each must mean what it meant before, plus the change and nothing else.

Reads [{"before", "after", "section", "name", "body", "set", "remove"}] on stdin; prints how many it has judged, or fails
with the first that is wrong.
"""

import json
import sys

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def meaning(text):
    return yaml.load(text, Loader) or {"apiVersion": "v1", "kind": "Config"}


def changed(document, case):
    entries = document.get(case["section"]) or []
    document[case["section"]] = entries
    entry = next((e for e in entries if e["name"] == case["name"]), None)
    if entry is None:
        entry = {"name": case["name"]}
        entries.append(entry)
    body = entry.get(case["body"]) or {}
    entry[case["body"]] = body
    for key in case["remove"]:
        body.pop(key, None)
    for key, value in case["set"].items():
        body[key] = {**(body.get(key) or {}), **value} if isinstance(value, dict) else value
    return document


def main():
    cases = json.load(sys.stdin)
    for case in cases:
        want, got = changed(meaning(case["before"]), case), meaning(case["after"])
        if want != got:
            sys.exit(f"{case['before']}\n=>\n{case['after']}\nmeans\n{got}\nnot\n{want}")
    print(len(cases))


if __name__ == "__main__":
    main()
