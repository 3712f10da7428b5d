"""The judgement behind AssumeRole, the second hop of a chain (protocol reference 4.4): parameters, the session that
asks, the trust policy of the target. Used by `sts.py`.
"""

import re

import sts_parameters
from aws_answers import AwsError
from sts_parameters import Assumption

LONGEST_CHAINED = 3600
TOO_LONG = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
TAG_CONFLICT = ("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                "from the calling session.")
_TAG_KEY = re.compile(r"Tags\.member\.[0-9]+\.Key")
_TAGS = re.compile(r"(Tags|TransitiveTagKeys)\.")


def not_authorized(caller_arn, action, role_arn, because=""):
    """How AWS words a refusal; `because` may have a place for the action."""
    reason = f" {because.format(action)}" if because else ""
    return AwsError(403, "AccessDenied",
                    f"User: {caller_arn} is not authorized to perform: {action} on resource: {role_arn}{reason}")


def judge(form, caller, world):
    """The `Assumption` of a request's form (a dict), signed by `caller` (a `Credential`); raises `AwsError`."""
    role_arn, session_name = sts_parameters.role_and_session(form)
    role = sts_parameters.parse_role(role_arn)
    seconds = sts_parameters.duration(form, min(world.settings.sts_seconds, LONGEST_CHAINED), LONGEST_CHAINED, TOO_LONG)
    policy_arns, policy = sts_parameters.policies(form, role)
    if missing := world.roles.missing_for_chain(caller, role_arn):
        raise not_authorized(caller.assumed_role_arn, missing[0], role_arn, missing[1])
    granted = caller.granted
    _check_inherited(form, caller, role_arn)
    keys = granted["transitive_tag_keys"]
    return Assumption("AssumeRole", role, role_arn, session_name, seconds, policy_arns, policy,
                      granted["source_identity"], {key: granted["tags"][key] for key in keys}, keys,
                      granted["role_arn"])


def _check_inherited(form, caller, role_arn):
    """What the session has inherited can be neither changed nor set again."""
    identity = form.get("SourceIdentity", caller.granted["source_identity"])
    if identity != caller.granted["source_identity"]:
        raise not_authorized(caller.assumed_role_arn, "sts:SetSourceIdentity", role_arn)
    inherited = {key.lower() for key in caller.granted["transitive_tag_keys"]}
    for name, value in form.items():
        if _TAG_KEY.fullmatch(name) and value.lower() in inherited:
            raise AwsError(400, "ValidationError", TAG_CONFLICT, f"{value} is inherited")
    if any(_TAGS.match(name) for name in form):
        raise AwsError(400, "ValidationError", "Tags are not expected here", "nothing of ours sends tags as parameters")
