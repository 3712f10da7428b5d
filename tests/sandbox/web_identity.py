"""The judgement behind AssumeRoleWithWebIdentity: parameters, ID token, trust policy, each with the error of AWS.
Contracts 4.6. Used by `sts.py`.
"""

import re
import time

import jose_check
import sts_parameters
from aws_answers import AwsError
from jose_check import JoseError
from sts_parameters import Assumption
from vouch_tokens import CLAIM_ROLES, CLAIM_SOURCE_IDENTITY, CLAIM_TAGS

_SESSION_PARAMETER = re.compile(r"(Tags|TransitiveTagKeys)\.|SourceIdentity$")
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NOT_VALIDATED = "The web identity token that was passed could not be validated by AWS."
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


def judge(form, tokens, issuer, world):
    """The `Assumption` of a request's form (a dict) and the claims of its token; raises `AwsError`."""
    role_arn, session_name = sts_parameters.role_and_session(form)
    token = sts_parameters.bounded(form, "WebIdentityToken", "webIdentityToken", 4, 20000, shown=False)
    for parameter in form:
        if _SESSION_PARAMETER.match(parameter):
            raise AwsError(400, "ValidationError", f"{parameter} cannot be passed with AssumeRoleWithWebIdentity",
                           f"{parameter}: tags and source identity travel in the ID token")
    role = sts_parameters.parse_role(role_arn)
    seconds = sts_parameters.duration(form, world.settings.sts_seconds, world.roles.longest_session(role), TOO_LONG)
    policy_arns, policy = sts_parameters.policies(form, role)
    claims = _check_token(token, tokens, issuer, world.clock.now())
    _check_trust(role, role_arn, session_name, claims, world)
    tags = claims.get(CLAIM_TAGS, {})
    return Assumption("AssumeRoleWithWebIdentity", role, role_arn, session_name, seconds, policy_arns, policy,
                      claims.get(CLAIM_SOURCE_IDENTITY, ""), tags.get("principal_tags", {}),
                      tags.get("transitive_tag_keys", [])), claims


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


def _check_trust(role, role_arn, session_name, claims, world):
    """The trust policy: StringEquals on the session name, and `sts:RoleAuthorizedByIdp`."""
    pinned = claims.get(CLAIM_ROLES)
    if pinned is not None and pinned != role_arn:
        raise AwsError(400, "InvalidIdentityToken", "The web identity token does not authorize the requested role.",
                       f"token is pinned to {pinned}, asked for {role_arn}")
    if not world.roles.trusts_vouch(role, role_arn):
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED,
                       f"{role_arn} does not exist or does not trust the Vouch server")
    if pinned is None and not world.settings.old_server:
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED, f"token has no {CLAIM_ROLES} claim")
    if session_name != claims.get("sub"):
        raise AwsError(403, "AccessDenied", NOT_AUTHORIZED,
                       f"RoleSessionName {session_name!r} is not the token's sub {claims.get('sub')!r}")


def timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
