"""JSON Web Signatures (RFC 7515) as the sandbox issues and checks them: compact form, ES256, RS256 and HS256, JWK
thumbprints (RFC 7638). Used by every server that sees a token; knows no policy.
"""

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class JoseError(ValueError):
    """Not a token we would accept; the text says why."""


@dataclasses.dataclass
class Token:
    header: dict
    claims: dict
    signing_input: bytes
    signature: bytes


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64url_decode(text):
    """Bytes of base64url without padding; anything else (padding, the other alphabet, loose bits) is refused."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise JoseError("not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise JoseError("not base64url") from error
    if b64url(data) != text:
        raise JoseError("base64url with loose bits at its end")
    return data


def _object(text, what):
    def no_repetition(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise JoseError(f"{what} repeats a member")
        return dict(pairs)

    try:
        value = json.loads(b64url_decode(text), object_pairs_hook=no_repetition)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise JoseError(f"{what} is not JSON") from error
    if not isinstance(value, dict):
        raise JoseError(f"{what} is not an object")
    return value


def decode(text):
    """Takes a compact JWS apart; its signature is NOT checked here."""
    parts = (text or "").split(".")
    if len(parts) != 3:
        raise JoseError("not a compact JWS of three parts")
    header, claims = _object(parts[0], "header"), _object(parts[1], "payload")
    if "crit" in header:
        raise JoseError("header has crit")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), b64url_decode(parts[2]))


def public_key(jwk):
    """The P-256 public key of a JWK. Refuses private members, other curves and points off the curve."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise JoseError("JWK is not an EC key on P-256")
    if set(jwk) & {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}:
        raise JoseError("JWK has private members")
    x, y = b64url_decode(jwk.get("x")), b64url_decode(jwk.get("y"))
    if len(x) != 32 or len(y) != 32:
        raise JoseError("JWK coordinates are not 32 bytes long")
    try:
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
        return numbers.public_key()
    except ValueError as error:
        raise JoseError("JWK point is not on the curve") from error


def jwk_of(key):
    """The public JWK of an EC public key, with its thumbprint as kid."""
    numbers = key.public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64url(numbers.x.to_bytes(32, "big")),
           "y": b64url(numbers.y.to_bytes(32, "big"))}
    return jwk | {"kid": thumbprint(jwk)}


def rsa_jwk_of(key, kid):
    numbers = key.public_numbers()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
            "n": b64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": b64url(numbers.e.to_bytes(3, "big"))}


def thumbprint(jwk):
    """RFC 7638, for an EC key: the required members in lexicographic order, no spaces."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return b64url(hashlib.sha256(canonical.encode()).digest())


def verify_raw_p256(key, signature, message):
    """True for a valid 64-byte r||s signature (RFC 7518, 3.4)."""
    if len(signature) != 64:
        return False
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    return verify_der_p256(key, der, message)


def verify_der_p256(key, signature, message):
    """True for a valid ASN.1 signature, as authenticators make them."""
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        return True
    except (InvalidSignature, ValueError):
        return False


def require_es256(token, key):
    if token.header.get("alg") != "ES256":
        raise JoseError(f"alg is {token.header.get('alg')!r}, not ES256")
    if not verify_raw_p256(key, token.signature, token.signing_input):
        raise JoseError("signature does not verify")


def require_rs256(token, key):
    if token.header.get("alg") != "RS256":
        raise JoseError(f"alg is {token.header.get('alg')!r}, not RS256")
    try:
        key.verify(token.signature, token.signing_input, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise JoseError("signature does not verify") from error


def require_hs256(token, secret):
    if token.header.get("alg") != "HS256":
        raise JoseError(f"alg is {token.header.get('alg')!r}, not HS256")
    if not hmac.compare_digest(hmac.digest(secret, token.signing_input, "sha256"), token.signature):
        raise JoseError("signature does not verify")


def integer(token, name):
    """A claim that must be there as an integer; a fraction, a text or a boolean is refused."""
    value = token.claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise JoseError(f"claim {name} is not an integer")
    return value


def text(token, name):
    value = token.claims.get(name)
    if not isinstance(value, str) or not value:
        raise JoseError(f"claim {name} is not a non-empty string")
    return value


def _signing_input(header, claims):
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return ".".join(b64url(part) for part in parts)


def sign_es256(private_key, header, claims):
    """A compact JWS; `alg` is added to the header."""
    signing_input = _signing_input({"alg": "ES256"} | header, claims)
    der = private_key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    return f"{signing_input}.{b64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def sign_rs256(private_key, header, claims):
    signing_input = _signing_input({"alg": "RS256"} | header, claims)
    return f"{signing_input}.{b64url(private_key.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def sign_hs256(secret, header, claims):
    signing_input = _signing_input({"alg": "HS256"} | header, claims)
    return f"{signing_input}.{b64url(hmac.digest(secret, signing_input.encode(), 'sha256'))}"
