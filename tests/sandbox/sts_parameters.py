"""The parameters that both ways to assume a role have, and what is granted. Contracts 4.6. Used by `web_identity.py`
and `assume_role.py`; every function raises `AwsError`.
"""

import dataclasses
import re

import arn
import iam_policy
from aws_answers import AwsError

_POLICY_ARN = re.compile(r"arn:([a-z-]+):iam::(?:aws|[0-9]{12}):policy/[\w+=,.@/-]+", re.ASCII)
_POLICY_MEMBER = re.compile(r"PolicyArns\.member\.([1-9][0-9]?)\.arn")
MOST_POLICIES = 10
LONGEST_POLICY = 2048


@dataclasses.dataclass
class Assumption:
    """A call that is granted. `via` is the ARN of the role that made it, empty for a web identity."""

    operation: str
    role: arn.Role
    role_arn: str
    session_name: str
    seconds: int
    policy_arns: list
    policy: str
    source_identity: str
    tags: dict
    transitive_tag_keys: list
    via: str = ""

    def describe(self):
        """For the control port and for what is judged later; without anything secret."""
        return {"operation": self.operation, "role_arn": self.role_arn, "via": self.via,
                "session_name": self.session_name, "seconds": self.seconds, "tags": self.tags,
                "transitive_tag_keys": self.transitive_tag_keys, "source_identity": self.source_identity,
                "policy_arns": self.policy_arns, "policy": self.policy}


def invalid(name, value, constraint):
    """The error that AWS has for a value out of its bounds."""
    shown = "null" if value is None else f"'{value}'"
    return AwsError(400, "ValidationError", f"1 validation error detected: Value {shown} at '{name}' failed to satisfy "
                                            f"constraint: Member must {constraint}")


def bounded(form, parameter, name, shortest, longest, shown=True):
    value = form.get(parameter)
    if value is None:
        raise invalid(name, None, "not be null")
    if len(value) < shortest:
        raise invalid(name, value if shown else "***", f"have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise invalid(name, value if shown else "***", f"have length less than or equal to {longest}")
    return value


def role_and_session(form):
    """The text of the ARN and the session name."""
    role_arn = bounded(form, "RoleArn", "roleArn", 20, 2048)
    session_name = bounded(form, "RoleSessionName", "roleSessionName", 2, 64)
    if not re.fullmatch(r"[\w+=,.@-]*", session_name, re.ASCII):
        raise invalid("roleSessionName", session_name, r"satisfy regular expression pattern: [\w+=,.@-]*")
    return role_arn, session_name


def parse_role(role_arn):
    role = arn.parse_role(role_arn)
    if role is None:
        raise AwsError(400, "ValidationError", "Request ARN is invalid")
    return role


def duration(form, usual, longest, too_long):
    """`usual` when it is not asked for; `too_long` is the message for more than `longest`, the role's own limit."""
    text = form.get("DurationSeconds")
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise AwsError(400, "MalformedInput", "DurationSeconds is not a number")
    seconds = int(text)
    if seconds < 900:
        raise invalid("durationSeconds", seconds, "have value greater than or equal to 900")
    if seconds > 43200:
        raise invalid("durationSeconds", seconds, "have value less than or equal to 43200")
    if seconds > longest:
        raise AwsError(400, "ValidationError", too_long)
    return seconds


def policies(form, role):
    """The ARNs and the text of the session policies."""
    arns = {int(found[1]): value for name, value in form.items() if (found := _POLICY_MEMBER.fullmatch(name))}
    if len(arns) > MOST_POLICIES:
        raise invalid("policyArns", f"{len(arns)} entries", f"have length less than or equal to {MOST_POLICIES}")
    for value in arns.values():
        found = _POLICY_ARN.fullmatch(value)
        if not found or found[1] != role.partition:
            raise AwsError(400, "ValidationError", f"ARN {value} is not valid.")
    policy = form.get("Policy", "")
    if len(policy) > LONGEST_POLICY:
        raise invalid("policy", f"{policy[:20]}...", f"have length less than or equal to {LONGEST_POLICY}")
    if policy:
        try:
            iam_policy.parse_statements(policy)
        except ValueError as error:
            raise AwsError(400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.",
                           str(error)) from error
    return [arns[number] for number in sorted(arns)], policy
