"""Checks DPoP proofs (RFC 9449) as the Vouch server does, at its token endpoint and at its resources.

Protocol reference 1.0.2. Raises `JoseError` with the true reason, `NonceNeeded` when only the server's nonce is missing
or stale. Used by `vouch_tokens.py` and `vouch_resources.py`.
"""

import hashlib
import secrets
import urllib.parse

import jose_check
from jose_check import JoseError
from world import OnceStore

FUTURE_SECONDS = 60
NONCE_SECONDS = 300


class NonceNeeded(Exception):
    """The proof is to be made again with the nonce of the `DPoP-Nonce` header."""


def normal_url(url):
    """RFC 3986 normalisation of an absolute URL without query and fragment, as both sides of `htu` undergo it."""
    parts = urllib.parse.urlsplit(url)
    if not parts.scheme or not parts.hostname or parts.query or parts.fragment or "?" in url or "#" in url:
        raise JoseError("htu is not an absolute URL without query and fragment")
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    try:
        port = parts.port
    except ValueError as error:
        raise JoseError("htu has a malformed port") from error
    authority = parts.hostname.lower() + (f":{port}" if port not in (None, default) else "")
    return f"{parts.scheme.lower()}://{authority}{_without_dots(parts.path) or '/'}"


def _without_dots(path):
    kept = []
    segments = path.split("/")
    for position, segment in enumerate(segments):
        if segment == ".." and len(kept) > 1:
            kept.pop()
        if segment not in (".", ".."):
            kept.append(segment)
        elif position == len(segments) - 1:
            kept.append("")
    return "/".join(kept)


class DpopChecker:
    """Verifies proofs and hands out nonces. One for a server; thread safe."""

    def __init__(self, world, base):
        self._world = world
        self._base = base
        self._seen = OnceStore(world.clock)
        self._nonces = OnceStore(world.clock)

    def new_nonce(self):
        """A nonce for `DPoP-Nonce`; it may be used again and again within its life."""
        life = min(NONCE_SECONDS, self._world.settings.dpop_max_age + FUTURE_SECONDS)
        nonce = secrets.token_urlsafe(24)
        self._nonces.take(nonce, self._world.clock.now() + life)
        return nonce

    def check(self, request, nonce_required, access_token=None):
        """The proof of `request` as a decoded token, and the thumbprint of its key. `access_token` demands `ath`."""
        fields = request.header_values("DPoP")
        if len(fields) != 1:
            raise JoseError("no DPoP header" if not fields else f"{len(fields)} DPoP headers")
        proof = jose_check.decode(fields[0])
        key = self._check_header(proof)
        jose_check.require_es256(proof, key)
        self._check_target(proof, request)
        self._check_time(proof)
        if access_token is not None and jose_check.text(proof, "ath") != _hash(access_token):
            raise JoseError("ath is not the hash of the access token")
        self._check_nonce(proof, nonce_required)
        if not self._seen.take(jose_check.text(proof, "jti"), self._world.clock.now() + self._life()):
            raise JoseError("DPoP jti was used before")
        return proof, jose_check.thumbprint(proof.header["jwk"])

    def _life(self):
        return self._world.settings.dpop_max_age + FUTURE_SECONDS

    @staticmethod
    def _check_header(proof):
        if proof.header.get("typ") != "dpop+jwt":
            raise JoseError(f"DPoP typ is {proof.header.get('typ')!r}, not dpop+jwt")
        return jose_check.public_key(proof.header.get("jwk"))

    def _check_target(self, proof, request):
        if jose_check.text(proof, "htm").upper() != request.method.upper():
            raise JoseError(f"DPoP htm is {proof.claims['htm']!r}, the request is {request.method}")
        expected = normal_url(self._base + request.path)
        if normal_url(jose_check.text(proof, "htu")) != expected:
            raise JoseError(f"DPoP htu claim mismatch: {proof.claims['htu']!r} is not {expected}")

    def _check_time(self, proof):
        age = self._world.clock.now() - jose_check.integer(proof, "iat")
        if age > self._world.settings.dpop_max_age or age < -FUTURE_SECONDS:
            raise JoseError(f"DPoP iat is {age:.0f} s old")

    def _check_nonce(self, proof, required):
        nonce = proof.claims.get("nonce")
        if nonce is None and not required:
            return
        if not isinstance(nonce, str) or not self._nonces.holds(nonce):
            raise NonceNeeded("DPoP nonce missing" if nonce is None else "DPoP nonce unknown or stale")


def _hash(access_token):
    return jose_check.b64url(hashlib.sha256(access_token.encode()).digest())
