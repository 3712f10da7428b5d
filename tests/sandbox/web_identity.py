"""The judgement behind AssumeRoleWithWebIdentity: parameters, ID token, trust policy, each with the error of AWS.
Contracts 4.6. Used by `sts.py`.
"""

import dataclasses
import json
import re
import time

import arn
import jose_check
from aws_answers import AwsError
from jose_check import JoseError
from sts_credentials import is_trusting, longest_session
from vouch_tokens import CLAIM_ROLES, CLAIM_SOURCE_IDENTITY, CLAIM_TAGS

_POLICY_ARN = re.compile(r"arn:([a-z-]+):iam::(?:aws|[0-9]{12}):policy/[\w+=,.@/-]+", re.ASCII)
_POLICY_MEMBER = re.compile(r"PolicyArns\.member\.([1-9][0-9]?)\.arn")
_SESSION_PARAMETER = re.compile(r"(Tags|TransitiveTagKeys)\.|SourceIdentity$")
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NOT_VALIDATED = "The web identity token that was passed could not be validated by AWS."
NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


@dataclasses.dataclass
class Assumption:
    """A call that is granted."""

    role: arn.Role
    session_name: str
    seconds: int
    claims: dict
    policy_arns: list
    policy: str

    def describe(self, role_arn):
        """For the control port; without anything secret."""
        tags = self.claims.get(CLAIM_TAGS, {}).get("principal_tags", {})
        return {"role_arn": role_arn, "session_name": self.session_name, "seconds": self.seconds, "tags": tags,
                "source_identity": self.claims.get(CLAIM_SOURCE_IDENTITY, ""), "policy_arns": self.policy_arns,
                "policy": self.policy}


def _invalid(name, value, constraint):
    shown = "null" if value is None else f"'{value}'"
    return AwsError(400, "ValidationError", f"1 validation error detected: Value {shown} at '{name}' failed to satisfy "
                                            f"constraint: Member must {constraint}")


def _bounded(form, parameter, name, shortest, longest, shown=True):
    value = form.get(parameter)
    if value is None:
        raise _invalid(name, None, "not be null")
    if len(value) < shortest:
        raise _invalid(name, value if shown else "***", f"have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise _invalid(name, value if shown else "***", f"have length less than or equal to {longest}")
    return value


def judge(form, tokens, issuer, settings, now):
    """The `Assumption` of a request's form (a dict); raises `AwsError`."""
    role_arn = _bounded(form, "RoleArn", "roleArn", 20, 2048)
    session_name = _bounded(form, "RoleSessionName", "roleSessionName", 2, 64)
    if not re.fullmatch(r"[\w+=,.@-]*", session_name, re.ASCII):
        raise _invalid("roleSessionName", session_name, r"satisfy regular expression pattern: [\w+=,.@-]*")
    token = _bounded(form, "WebIdentityToken", "webIdentityToken", 4, 20000, shown=False)
    for parameter in form:
        if _SESSION_PARAMETER.match(parameter):
            raise AwsError(400, "ValidationError", f"{parameter} cannot be passed with AssumeRoleWithWebIdentity",
                           f"{parameter}: tags and source identity travel in the ID token")
    role = arn.parse_role(role_arn)
    if role is None:
        raise AwsError(400, "ValidationError", "Request ARN is invalid")
    seconds = _duration(form, role, settings)
    policy_arns, policy = _policies(form, role)
    claims = _check_token(token, tokens, issuer, now)
    _check_trust(role, role_arn, session_name, claims, settings)
    return Assumption(role, session_name, seconds, claims, policy_arns, policy)


def _duration(form, role, settings):
    text = form.get("DurationSeconds")
    if text is None:
        return settings.sts_seconds
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise AwsError(400, "MalformedInput", "DurationSeconds is not a number")
    seconds = int(text)
    if seconds < 900:
        raise _invalid("durationSeconds", seconds, "have value greater than or equal to 900")
    if seconds > 43200:
        raise _invalid("durationSeconds", seconds, "have value less than or equal to 43200")
    if seconds > longest_session(role):
        raise AwsError(400, "ValidationError",
                       "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def _policies(form, role):
    arns = {int(found[1]): value for name, value in form.items() if (found := _POLICY_MEMBER.fullmatch(name))}
    if len(arns) > 10:
        raise _invalid("policyArns", f"{len(arns)} entries", "have length less than or equal to 10")
    for value in arns.values():
        found = _POLICY_ARN.fullmatch(value)
        if not found or found[1] != role.partition:
            raise AwsError(400, "ValidationError", f"ARN {value} is not valid.")
    policy = form.get("Policy", "")
    if len(policy) > 2048:
        raise _invalid("policy", f"{policy[:20]}...", "have length less than or equal to 2048")
    if policy:
        try:
            document = json.loads(policy)
        except ValueError:
            document = None
        if not isinstance(document, dict) or "Statement" not in document:
            raise AwsError(400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.")
    return [arns[number] for number in sorted(arns)], policy


def _check_token(text, tokens, issuer, now):
    try:
        token = jose_check.decode(text)
    except JoseError as error:
        raise AwsError(400, "InvalidIdentityToken", NOT_A_JWT, str(error)) from error
    if token.claims.get("iss") != issuer:
        raise AwsError(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "
                                                    f"{token.claims.get('iss')}", "issuer is not our Vouch server")
    try:
        _check_signature(token, tokens)
        issued, expires = jose_check.integer(token, "iat"), jose_check.integer(token, "exp")
    except JoseError as error:
        raise AwsError(400, "InvalidIdentityToken", NOT_VALIDATED, str(error)) from error
    if expires <= now:
        raise AwsError(400, "ExpiredTokenException", f"Token expired: current date/time {int(now)} must be before the "
                                                     f"expiration date/time {expires}")
    if issued > now + 300:
        raise AwsError(400, "InvalidIdentityToken", "Token is not yet valid",
                       f"iat is {issued - now:.0f} s in the future")
    audiences = token.claims.get("aud")
    if issuer not in (audiences if isinstance(audiences, list) else [audiences]):
        raise AwsError(400, "InvalidIdentityToken", "Incorrect token audience", f"aud is {audiences!r}")
    return token.claims


def _check_signature(token, tokens):
    kid = token.header.get("kid")
    if rsa_key := tokens.find_rsa_key(kid):
        jose_check.require_rs256(token, rsa_key)
    elif es_key := tokens.find_es_key(kid):
        jose_check.require_es256(token, es_key)
    else:
        raise JoseError("kid is not in the JWKS of the Vouch server")


def _check_trust(role, role_arn, session_name, claims, settings):
    """The trust policy: StringEquals on the session name, and `sts:RoleAuthorizedByIdp`."""
    pinned = claims.get(CLAIM_ROLES)
    if pinned is not None and pinned != role_arn:
        raise AwsError(400, "InvalidIdentityToken", "The web identity token does not authorize the requested role.",
                       f"token is pinned to {pinned}, asked for {role_arn}")
    if not is_trusting(role, arn.partition_of(settings.region)):
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED,
                       f"{role_arn} does not exist or does not trust the Vouch server")
    if pinned is None and not settings.old_server:
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED, f"token has no {CLAIM_ROLES} claim")
    if session_name != claims.get("sub"):
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED,
                       f"RoleSessionName {session_name!r} is not the token's sub {claims.get('sub')!r}")


def timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
