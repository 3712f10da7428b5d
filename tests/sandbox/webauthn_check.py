"""Checks a WebAuthn assertion as the Vouch server's fido2-assertion grant does (protocol reference 2.2, 2.5, 2.6). Used
by `grants.py`; what it has in common with a registration is used by `attestation_check.py` too.
"""

import hashlib
import json
import struct

import jose_check
from jose_check import JoseError

FLAG_USER_PRESENT = 0x01
FLAG_USER_VERIFIED = 0x04
MEMBERS = ("state", "credential_id", "authenticator_data", "signature", "client_data_json", "user_handle")


class AssertionRefused(ValueError):
    """Why the assertion is not accepted; the wire says only invalid_grant."""


def verify(assertion, challenge, users, rp_id):
    """The user and the key that made this assertion. `challenge` is the base64url text that was handed out."""
    found = users.find_credential(_field(assertion, "credential_id"))
    if found is None:
        raise AssertionRefused("credential is not enrolled")
    user, key = found
    _check_handle(_field(assertion, "user_handle"), user)
    data, client_data = _field(assertion, "authenticator_data"), _field(assertion, "client_data_json")
    check_authenticator_data(data, rp_id)
    counter = struct.unpack(">I", data[33:37])[0]
    if (counter or key.counter) and counter <= key.counter:
        raise AssertionRefused(f"counter is {counter} after {key.counter}: regression")
    check_client_data(client_data, "webauthn.get", challenge, rp_id)
    signed = data + hashlib.sha256(client_data).digest()
    if not jose_check.verify_der_p256(key.public_key, _field(assertion, "signature"), signed):
        raise AssertionRefused("assertion signature does not verify")
    if not users.count(key, counter):
        raise AssertionRefused(f"counter {counter} was used meanwhile: regression")
    return user, key


def check_authenticator_data(data, rp_id):
    if len(data) < 37:
        raise AssertionRefused(f"authenticator data of {len(data)} bytes")
    if data[:32] != hashlib.sha256(rp_id.encode()).digest():
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


def check_client_data(data, kind, challenge, rp_id):
    """`kind` is webauthn.get or webauthn.create."""
    try:
        client_data = json.loads(data)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AssertionRefused("clientDataJSON is not JSON") from error
    if not isinstance(client_data, dict):
        raise AssertionRefused("clientDataJSON is not an object")
    expected = {"type": kind, "challenge": challenge, "origin": f"https://{rp_id}"}
    for name, value in expected.items():
        if client_data.get(name) != value:
            raise AssertionRefused(f"clientDataJSON {name} is {client_data.get(name)!r}, not {value!r}")
    if client_data.get("crossOrigin", False) is not False:
        raise AssertionRefused("clientDataJSON crossOrigin is not false")
