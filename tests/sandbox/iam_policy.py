"""Judges IAM policy statements as far as a chain of roles needs it: trust policies, permissions, session policies.
A policy that uses more of IAM's language than this allows nothing. Used by `roles.py`.
"""

import fnmatch
import json

KNOWN = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "Condition"}
# managed policy -> patterns of the actions that it allows and of those that it leaves out
MANAGED = {"AdministratorAccess": (["*"], []),
           "PowerUserAccess": (["*"], ["iam:*", "organizations:*", "account:*"]),
           "ReadOnlyAccess": (["*:Describe*", "*:List*", "*:Get*"], ["sts:*"])}


def parse_statements(text):
    """The statements of a policy document in JSON; raises `ValueError` when it is none."""
    document = json.loads(text)
    statements = document.get("Statement") if isinstance(document, dict) else None
    return check_statements([statements] if isinstance(statements, dict) else statements)


def check_statements(statements):
    """The same list; raises `ValueError` when it is none of statements."""
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        raise ValueError("a policy is an object with statements")
    for one in statements:
        if one.get("Effect") not in ("Allow", "Deny") or not ("Action" in one or "NotAction" in one):
            raise ValueError("a statement has an Effect, and an Action or NotAction")
    return statements


def effects(statements, action, resource=None, principal=None, context=None):
    """The effects ("Allow", "Deny") of the statements that apply. `resource` None: they name none, as in a trust
    policy; `principal` None: they name none, as in a permission. `context` maps condition keys to their values."""
    if not all(_is_understood(one) for one in statements):
        return {"Deny"}
    return {one["Effect"] for one in statements if _matches(one, action, resource, principal, context or {})}


def allows(statements, action, **what):
    """True when a statement allows it and none denies; the arguments are those of `effects`."""
    return effects(statements, action, **what) == {"Allow"}


def managed_allows(policy_arn, action):
    """What a managed policy says; one that we do not know allows nothing."""
    allowed, left_out = MANAGED.get(policy_arn.rpartition("/")[2], ([], []))
    return _any_like(allowed, action, True) and not _any_like(left_out, action, True)


def _texts(value):
    return value if isinstance(value, list) else [value]


def _like(pattern, value, without_case=False):
    if not isinstance(pattern, str) or "[" in pattern:
        return False  # to IAM "[" is an ordinary character, and none of its actions and ARNs has one
    if without_case:
        pattern, value = pattern.lower(), value.lower()
    return fnmatch.fnmatchcase(value, pattern)


def _any_like(patterns, value, without_case=False):
    return any(_like(pattern, value, without_case) for pattern in _texts(patterns))


def _is_understood(statement):
    return not set(statement) - KNOWN and set(statement.get("Condition", {})) <= {"StringLike", "StringEquals"}


def _matches(statement, action, resource, principal, context):
    if "Action" in statement and not _any_like(statement["Action"], action, True):
        return False
    if "NotAction" in statement and _any_like(statement["NotAction"], action, True):
        return False
    if resource is not None and not _any_like(statement.get("Resource", []), resource):
        return False
    if principal is not None and not _names(statement.get("Principal"), principal):
        return False
    return _condition_holds(statement.get("Condition", {}), context)


def _names(element, principal):
    """True for the role itself, its whole account, or everybody."""
    if element == "*":
        return True
    account = principal.split(":")[4]
    root = f"{principal.split(':role/')[0]}:root"
    named = _texts(element.get("AWS", [])) if isinstance(element, dict) and set(element) == {"AWS"} else []
    return any(one in ("*", principal, account, root) for one in named)


def _condition_holds(condition, context):
    for operator, tests in condition.items():
        for key, wanted in tests.items():
            value = context.get(key)
            if value is None or not (_any_like(wanted, value) if operator == "StringLike" else value in _texts(wanted)):
                return False
    return True
