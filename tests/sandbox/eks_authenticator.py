"""The token webhook of an EKS cluster (contracts 4.4): takes a `k8s-aws-v1.` token apart, checks the presigned URL in
it, and asks STS who signed it. Used by `k8s.py`.
"""

import base64
import binascii
import email.message
import re
import urllib.parse

import arn
from aws_answers import AwsError
from http_base import Request
from sigv4_check import SigV4Error, parse_stamp

PREFIX = "k8s-aws-v1."
LONGEST_TOKEN = 4096
LONGEST_EXPIRES = 900
TOKEN_SECONDS = 900
CLUSTER_HEADER = "x-k8s-aws-id"
ALLOWED_PARAMETERS = {
    "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token",
    "x-amz-signature", "x-amz-signedheaders"}


class TokenRefused(ValueError):
    """Why the webhook says no; kubectl only learns "Unauthorized"."""


def authenticate(token, sts, world):
    """The `Identity` of the caller; raises `TokenRefused`."""
    settings = world.settings
    url, parameters = _parse(token)
    region = _check_host(url.netloc, settings.region)
    _check_parameters(parameters, world.clock.now())
    headers = email.message.Message()
    headers["Host"] = url.netloc
    headers[CLUSTER_HEADER] = settings.cluster_id or settings.cluster
    headers["Accept"] = "application/json"
    try:
        credential = sts.caller(Request("GET", url.path, url.query, headers, b""))
    except AwsError as error:
        raise TokenRefused(f"STS says {error.code}: {error.reason}") from error
    scope = parameters["x-amz-credential"].split("/")
    if scope[2] != region:
        raise TokenRefused(f"STS says SignatureDoesNotMatch: scope has region {scope[2]}, the host is of {region}")
    identity = world.access.identify(credential)
    if identity is None:
        raise TokenRefused(f"{credential.role_arn} has no access entry on the cluster")
    return identity


def _parse(token):
    """The URL of a token and its parameters by lower-case name."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused(f"token of {len(token)} bytes is longer than {LONGEST_TOKEN}")
    encoded = token[len(PREFIX):]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", encoded):
        raise TokenRefused("token is not base64url without padding")
    try:
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii")
        url = urllib.parse.urlsplit(text)
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("token is not a URL in base64url") from error
    if url.scheme != "https" or url.path != "/" or url.fragment or "#" in text:
        raise TokenRefused(f"URL has scheme {url.scheme!r} and path {url.path!r}, not https and /")
    parameters = {}
    for name, value in urllib.parse.parse_qsl(url.query, keep_blank_values=True):
        if name.lower() not in ALLOWED_PARAMETERS:
            raise TokenRefused(f"query parameter {name} is not allowed")
        if name.lower() in parameters:
            raise TokenRefused(f"query parameter {name} is repeated")
        parameters[name.lower()] = value
    return url, parameters


def _check_host(host, cluster_region):
    """The region that an STS host stands for, when it is one of the cluster's partition."""
    partition = arn.partition_of(cluster_region)
    pattern, suffix, dual_suffix = arn.PARTITIONS[partition]
    if host == "sts.amazonaws.com" and partition == "aws":
        return "us-east-1"
    suffixes = "|".join(re.escape(one) for one in (suffix, dual_suffix) if one)
    found = re.fullmatch(rf"sts(?:-fips)?\.(?P<region>{pattern})\.(?:{suffixes})", host)
    if not found:
        raise TokenRefused(f"host {host!r} is not an STS endpoint of partition {partition}")
    return found["region"]


def _check_parameters(parameters, now):
    if parameters.get("action") != "GetCallerIdentity":
        raise TokenRefused(f"action is {parameters.get('action')!r}, not GetCallerIdentity")
    if CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise TokenRefused(f"{CLUSTER_HEADER} is not a signed header")
    expires = parameters.get("x-amz-expires", "")
    if not re.fullmatch(r"[0-9]{1,9}", expires) or int(expires) > LONGEST_EXPIRES:
        raise TokenRefused(f"x-amz-expires is {expires!r}, not 0 to {LONGEST_EXPIRES}")
    try:
        when = parse_stamp(parameters.get("x-amz-date"))
    except SigV4Error as error:
        raise TokenRefused(error.reason) from error
    if now > when + TOKEN_SECONDS:
        raise TokenRefused(f"X-Amz-Date is {now - when:.0f} s ago: token is expired")
