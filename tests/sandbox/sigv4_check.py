"""Checks AWS Signature Version 4, in the header form and in the presigned form, from the published rules (the canonical
request, the string to sign, the derived key). Used by `sts.py`, `eks.py` and, through STS, by `k8s.py`.
"""

import calendar
import dataclasses
import hashlib
import hmac
import re
import time
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
HEADER_WINDOW_SECONDS = 300
PRESIGNED_WINDOW_SECONDS = 900
_AUTHORIZATION = re.compile(ALGORITHM + r" +Credential=([^ ,]+), *SignedHeaders=([^ ,]+), *Signature=([0-9a-f]{64})")
_SCOPE = re.compile(r"([A-Z0-9]{16,128})/([0-9]{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


class SigV4Error(Exception):
    """Why a signature is refused. `kind`: missing, incomplete, unknown_key, mismatch, expired_signature,
    early_signature or expired_credential; each service has its own code for it."""

    def __init__(self, kind, reason, detail=""):
        super().__init__(reason)
        self.kind, self.reason, self.detail = kind, reason, detail


@dataclasses.dataclass
class Signed:
    """A signature taken apart, in either form."""

    access_key_id: str
    day: str
    region: str
    service: str
    headers: list
    signature: str
    stamp: str
    session_token: str
    presigned: bool


def parse_stamp(stamp):
    """Unix seconds of an X-Amz-Date."""
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", stamp or ""):
        raise SigV4Error("incomplete", f"X-Amz-Date is {stamp!r}")
    try:
        return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise SigV4Error("incomplete", f"X-Amz-Date is {stamp!r}") from error


def split_query(query):
    """The decoded pairs of a raw query; "+" stays a plus."""
    pairs = [part.partition("=") for part in (query or "").split("&") if part]
    return [(urllib.parse.unquote(name), urllib.parse.unquote(value)) for name, _, value in pairs]


def parse_request(request):
    """The `Signed` of a request; raises `SigV4Error`."""
    query = {}
    for name, value in split_query(request.query):
        if name.startswith("X-Amz-") and name in query:
            raise SigV4Error("incomplete", f"{name} is repeated")
        query[name] = value
    try:
        authorization = request.header("Authorization")
        if authorization is None and "X-Amz-Signature" not in query:
            raise SigV4Error("missing", "request is not signed")
        return _presigned(query) if authorization is None else _header_form(request, authorization)
    except ValueError as error:
        raise SigV4Error("incomplete", str(error)) from error


def _signed(scope, headers, signature, stamp, token, presigned):
    found = _SCOPE.fullmatch(scope)
    if not found:
        raise SigV4Error("incomplete", "credential scope is malformed")
    names = headers.split(";")
    if names != sorted(set(names)) or headers != headers.lower():
        raise SigV4Error("incomplete", f"SignedHeaders {headers!r} are not sorted, unique and in lower case")
    if "host" not in names:
        raise SigV4Error("mismatch", "host is not signed")
    parse_stamp(stamp)
    if found[2] != stamp[:8]:
        raise SigV4Error("mismatch", f"date {found[2]} of the scope is not that of {stamp}")
    return Signed(found[1], found[2], found[3], found[4], names, signature, stamp, token, presigned)


def _header_form(request, authorization):
    found = _AUTHORIZATION.fullmatch(authorization)
    if not found:
        raise SigV4Error("incomplete", "Authorization header is malformed")
    stamp = request.header("X-Amz-Date") or ""
    token = request.header("X-Amz-Security-Token") or ""
    signed = _signed(found[1], found[2], found[3], stamp, token, presigned=False)
    present = {name.lower() for name in request.headers.keys() if name.lower().startswith("x-amz-")}
    if unsigned := sorted(present - set(signed.headers)):
        raise SigV4Error("mismatch", f"{unsigned[0]} is sent and not signed")
    return signed


def _presigned(query):
    if query.get("X-Amz-Algorithm") != ALGORITHM:
        raise SigV4Error("incomplete", f"X-Amz-Algorithm is {query.get('X-Amz-Algorithm')!r}")
    return _signed(query.get("X-Amz-Credential", ""), query.get("X-Amz-SignedHeaders", ""), query["X-Amz-Signature"],
                   query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token", ""), presigned=True)


def _encode(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical_request(request, signed):
    """The text whose hash is signed; the path is encoded once more than on the wire, as for every service but S3."""
    pairs = sorted((_encode(name), _encode(value)) for name, value in split_query(request.query)
                   if not (signed.presigned and name == "X-Amz-Signature"))
    lines = [request.method, urllib.parse.quote(request.path, safe="/-_.~"),
             "&".join(f"{name}={value}" for name, value in pairs)]
    for name in signed.headers:
        values = request.header_values(name)
        if not values:
            raise SigV4Error("mismatch", f"{name} is signed and not sent")
        lines.append(f"{name}:{','.join(' '.join(value.split()) for value in values)}")
    lines += ["", ";".join(signed.headers), hashlib.sha256(request.body).hexdigest()]
    return "\n".join(lines)


def expected_signature(request, signed, secret):
    scope = f"{signed.day}/{signed.region}/{signed.service}/aws4_request"
    canonical = hashlib.sha256(canonical_request(request, signed).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"{ALGORITHM}\n{signed.stamp}\n{scope}\n{canonical}"
    return hmac.digest(key, text.encode(), "sha256").hex()


def _stamp(seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def _check_window(signed, now):
    window = PRESIGNED_WINDOW_SECONDS if signed.presigned else HEADER_WINDOW_SECONDS
    when = parse_stamp(signed.stamp)
    if when < now - window:
        raise SigV4Error("expired_signature", f"signed {now - when:.0f} s ago",
                         f"Signature expired: {signed.stamp} is now earlier than {_stamp(now - window)} "
                         f"({_stamp(now)} - {window // 60} min.)")
    if when > now + HEADER_WINDOW_SECONDS:
        raise SigV4Error("early_signature", f"signed {when - now:.0f} s in the future",
                         f"Signature not yet current: {signed.stamp} is still later than "
                         f"{_stamp(now + HEADER_WINDOW_SECONDS)} ({_stamp(now)} + 5 min.)")


def verify(request, service, credentials, now):
    """The credential (of `sts_credentials.py`) that signed `request`. `X-Amz-Expires` is ignored, as STS does."""
    signed = parse_request(request)
    if signed.service != service:
        raise SigV4Error("mismatch", f"scope has service {signed.service}",
                         f"Credential should be scoped to correct service: '{service}'. ")
    _check_window(signed, now)
    credential = credentials.find(signed.access_key_id)
    if credential is None or not hmac.compare_digest(credential.session_token.encode(), signed.session_token.encode()):
        raise SigV4Error("unknown_key", "access key is not known" if credential is None else "session token is another")
    if not hmac.compare_digest(expected_signature(request, signed, credential.secret_access_key), signed.signature):
        raise SigV4Error("mismatch", "signature is not the one of this request and this secret")
    if credential.expires <= now:
        raise SigV4Error("expired_credential", f"credential expired {now - credential.expires:.0f} s ago")
    return credential, signed
