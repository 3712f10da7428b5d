"""Checks HTTP message signatures (RFC 9421, `ecdsa-p256-sha256`) with Content-Digest (RFC 9530) as the Vouch server
does for every `/v1` path that is not public. Protocol reference 1.0.3. Used by `vouch_resources.py`.

Which components must be covered: those that the server itself asks for in `Accept-Signature`.
"""

import hashlib
import secrets

import jose_check
import structured_fields
from http_base import Refusal, Response
from jose_check import JoseError
from structured_fields import FieldError
from world import OnceStore

LABEL = "sig1"
ALGORITHM = "ecdsa-p256-sha256"
REQUIRED = ("@method", "@authority", "@path", "@query", "authorization")
PAST_SECONDS = 300
FUTURE_SECONDS = 60
NONCE_SECONDS = 300
BODY_LIMIT = 1024 * 1024


class SignatureError(ValueError):
    """Why a signature is not accepted; never shown on the wire."""


class NotCovered(SignatureError):
    """Unsigned, or less is signed than the server wants: the one failure that it explains."""


class StaleNonce(SignatureError):
    """The nonce parameter is unknown or used."""


class SignatureChecker:
    """Verifies requests and hands out the optional single-use nonces. Thread safe."""

    def __init__(self, world, clients):
        self._world = world
        self._clients = clients
        self._nonces = OnceStore(world.clock)

    def new_nonce(self):
        """A value for `Signature-Nonce`; good for one later signature."""
        nonce = secrets.token_urlsafe(24)
        self._nonces.take(nonce, self._world.clock.now() + NONCE_SECONDS)
        return nonce

    def check(self, request):
        """Returns when the signature of `request` is good; otherwise refuses with the real server's opaque 401."""
        headers = {}
        try:
            self._check(request)
            return
        except NotCovered as error:
            wanted = REQUIRED + (("content-digest",) if request.body else ())
            headers["Accept-Signature"] = f'{LABEL}=({" ".join(f"{chr(34)}{name}{chr(34)}" for name in wanted)})' \
                                          f';alg="{ALGORITHM}"'
            reason = str(error)
        except StaleNonce as error:
            headers["Signature-Nonce"] = self.new_nonce()
            reason = str(error)
        except (SignatureError, FieldError, JoseError, ValueError) as error:
            reason = str(error)
        raise Refusal(Response(401, b"signature verification failed", "text/plain; charset=utf-8", headers),
                      f"HTTP signature: {reason}")

    def _check(self, request):
        fields, signatures = request.header_values("Signature-Input"), request.header_values("Signature")
        if not fields or not signatures:
            raise NotCovered("request is not signed")
        member = structured_fields.parse_dictionary(", ".join(fields)).get(LABEL)
        signature = structured_fields.parse_dictionary(", ".join(signatures)).get(LABEL)
        if not member or not isinstance(member[0], list) or not signature or not isinstance(signature[0], bytes):
            raise SignatureError(f"no signature labelled {LABEL}")
        components, parameters = member
        self._check_coverage(request, [name for name, _ in components])
        self._check_parameters(parameters)
        base = signature_base(request, components, parameters)
        self._verify(self._key(request, parameters), signature[0], base.encode("ascii"))
        if "nonce" in parameters and not self._nonces.discard(parameters["nonce"]):
            raise StaleNonce("signature nonce unknown or used")

    @staticmethod
    def _check_coverage(request, names):
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise NotCovered(f"{missing[0]} is not covered")
        if not request.body:
            return
        missing = [name for name in ("content-digest", "content-type") if name not in names]
        if missing:
            raise NotCovered(f"{missing[0]} is not covered")
        digests = structured_fields.parse_dictionary(", ".join(request.header_values("Content-Digest")))
        if digests.get("sha-256", (None,))[0] != hashlib.sha256(request.body).digest():
            raise SignatureError("Content-Digest does not match the body")

    def _check_parameters(self, parameters):
        now = self._world.clock.now()
        created, expires = parameters.get("created"), parameters.get("expires")
        if not isinstance(created, int) or isinstance(created, bool):
            raise SignatureError("created is missing")
        if not now - PAST_SECONDS <= created <= now + FUTURE_SECONDS:
            raise SignatureError(f"created is {now - created:.0f} s old")
        if expires is not None and (not isinstance(expires, int) or expires < now):
            raise SignatureError("signature has expired")
        if parameters.get("alg", ALGORITHM) != ALGORITHM:
            raise SignatureError(f"alg is {parameters['alg']!r}")

    def _key(self, request, parameters):
        """The registered key of the client that the (yet unverified) access token names."""
        token = jose_check.decode((request.header("Authorization") or "").partition(" ")[2])
        client = self._clients.find(token.claims.get("client_id"))
        jwk = client.jwks.get(parameters.get("keyid")) if client else None
        if jwk is None:
            raise SignatureError("keyid is not of a key of the token's client")
        return jose_check.public_key(jwk)

    def _verify(self, key, signature, message):
        der = self._world.settings.der_signatures or self._world.settings.old_server
        verify = jose_check.verify_der_p256 if der else jose_check.verify_raw_p256
        if not verify(key, signature, message):
            form = "ASN.1 DER" if der else "64 bytes r||s"
            raise SignatureError(f"signature of {len(signature)} bytes does not verify as {form}")


def signature_base(request, components, parameters):
    """RFC 9421, 2.5; the last line is our own serialisation of the parsed Signature-Input."""
    lines, seen = [], set()
    for name, own in components:
        if own or name in seen:
            raise SignatureError(f"component {name} is repeated or has parameters")
        seen.add(name)
        value = _component(request, name)
        if not all(0x20 <= ord(character) <= 0x7e for character in value):
            raise SignatureError(f"component {name} has characters outside of printable ASCII")
        lines.append(f'"{name}": {value}')
    lines.append(f'"@signature-params": {structured_fields.serialize_inner_list(components, parameters)}')
    return "\n".join(lines)


def _component(request, name):
    if name == "@method":
        return request.method
    if name == "@authority":
        return (request.header("Host") or "").lower()
    if name == "@path":
        return request.path
    if name == "@query":
        return "?" + (request.query or "")
    if name.startswith("@") or name != name.lower():
        raise SignatureError(f"component {name} is not one we know")
    values = request.header_values(name)
    if not values:
        raise SignatureError(f"component {name} is not in the request")
    return ", ".join(values)
