#!/usr/bin/python3
"""Judges a trust policy as the sandbox judges those of a chain, for tokens of the Vouch server (protocol reference 4.1).

Reads {"policy", "provider_arn", "issuer", "email", "session_name", "audience"} on stdin; prints the actions that the
policy allows, one a line, or "nothing".
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "sandbox"))

import iam_policy  # noqa: E402

ACTIONS = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity", "sts:TagSession")


def main():
    given = json.load(sys.stdin)
    host = given["issuer"].removeprefix("https://")
    # The one variable that the policy may use; IAM puts the claim's value in its place.
    statements = iam_policy.parse_statements(json.dumps(given["policy"]).replace(f"${{{host}:sub}}", given["email"]))
    for statement in statements:
        if statement.pop("Principal", None) != {"Federated": given["provider_arn"]}:
            sys.exit("another principal")
    context = {f"{host}:aud": given["audience"], f"{host}:sub": given["email"],
               "sts:RoleSessionName": given["session_name"]}
    allowed = [action for action in ACTIONS if iam_policy.allows(statements, action, context=context)]
    print("\n".join(allowed) or "nothing")


main()
