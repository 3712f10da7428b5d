"""Checks a WebAuthn assertion as the Vouch server's fido2-assertion grant does (protocol reference 2.2, 2.5, 2.6), and
keeps the users with their one credential and its signature counter. Used by `vouch_tokens.py`.
"""

import dataclasses
import hashlib
import json
import struct
import threading
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import jose_check
from jose_check import JoseError

FLAG_USER_PRESENT = 0x01
FLAG_USER_VERIFIED = 0x04
MEMBERS = ("state", "credential_id", "authenticator_data", "signature", "client_data_json", "user_handle")


class AssertionRefused(ValueError):
    """Why the assertion is not accepted; the wire says only invalid_grant."""


@dataclasses.dataclass
class User:
    """What `softkey create` printed, read in."""

    user_id: uuid.UUID
    email: str
    credential_id: bytes
    public_key: ec.EllipticCurvePublicKey
    aaguid: str
    counter: int = 0


def parse_user(description, rp_id):
    """A `User`; raises `ValueError` with the member that is wrong."""
    if description.get("rp_id", rp_id) != rp_id:
        raise ValueError(f"rp_id is {description['rp_id']!r}, the sandbox has {rp_id!r}")
    key = serialization.load_pem_public_key(description["public_key_pem"].encode())
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("public_key_pem is not a P-256 key")
    credential_id = jose_check.b64url_decode(description["credential_id"])
    aaguid = str(uuid.UUID(description["aaguid"]))
    return User(uuid.UUID(description["user_id"]), description["user_name"].lower(), credential_id, key, aaguid)


class Users:
    """The enrolled users. Thread safe."""

    def __init__(self, rp_id):
        self._rp_id = rp_id
        self._lock = threading.Lock()
        self._by_credential = {}

    def add(self, user):
        with self._lock:
            self._by_credential[user.credential_id] = user

    def verify(self, assertion, challenge):
        """The user whose credential made this assertion. `challenge` is the base64url text that was handed out."""
        credential_id = _field(assertion, "credential_id")
        with self._lock:
            user = self._by_credential.get(credential_id)
        if user is None:
            raise AssertionRefused("credential is not enrolled")
        _check_handle(_field(assertion, "user_handle"), user)
        data, client_data = _field(assertion, "authenticator_data"), _field(assertion, "client_data_json")
        self._check_authenticator_data(data)
        with self._lock:  # two assertions at once must not both pass with one counter
            counter = struct.unpack(">I", data[33:37])[0]
            if (counter or user.counter) and counter <= user.counter:
                raise AssertionRefused(f"counter is {counter} after {user.counter}: regression")
            _check_client_data(client_data, challenge, f"https://{self._rp_id}")
            signed = data + hashlib.sha256(client_data).digest()
            if not jose_check.verify_der_p256(user.public_key, _field(assertion, "signature"), signed):
                raise AssertionRefused("assertion signature does not verify")
            user.counter = counter
        return user

    def _check_authenticator_data(self, data):
        if len(data) < 37:
            raise AssertionRefused(f"authenticator data of {len(data)} bytes")
        if data[:32] != hashlib.sha256(self._rp_id.encode()).digest():
            raise AssertionRefused("rpIdHash is not of our rp_id (or the data is wrapped in CBOR)")
        if not data[32] & FLAG_USER_PRESENT:
            raise AssertionRefused("user presence flag is not set")
        if not data[32] & FLAG_USER_VERIFIED:
            raise AssertionRefused("user verification flag is not set")


def parse_assertion(text):
    """The `assertion` form field as a dict of strings."""
    try:
        assertion = json.loads(jose_check.b64url_decode(text))
    except (JoseError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AssertionRefused("assertion is not base64url of JSON") from error
    if not isinstance(assertion, dict) or not all(isinstance(assertion.get(name), str) for name in MEMBERS):
        raise AssertionRefused(f"assertion is not an object with the strings {', '.join(MEMBERS)}")
    return assertion


def _field(assertion, name):
    try:
        return jose_check.b64url_decode(assertion[name])
    except JoseError as error:
        raise AssertionRefused(f"{name} is {error}") from error


def _check_handle(handle, user):
    if len(handle) != 16:
        raise AssertionRefused(f"user handle of {len(handle)} bytes is not a UUID")
    if handle != user.user_id.bytes:
        raise AssertionRefused("user handle is of another user")


def _check_client_data(data, challenge, origin):
    try:
        client_data = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AssertionRefused("clientDataJSON is not JSON") from error
    if not isinstance(client_data, dict):
        raise AssertionRefused("clientDataJSON is not an object")
    expected = {"type": "webauthn.get", "challenge": challenge, "origin": origin}
    for name, value in expected.items():
        if client_data.get(name) != value:
            raise AssertionRefused(f"clientDataJSON {name} is {client_data.get(name)!r}, not {value!r}")
    if client_data.get("crossOrigin", False) is not False:
        raise AssertionRefused("clientDataJSON crossOrigin is not false")
