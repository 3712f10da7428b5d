"""Checks what an authenticator made at a registration (WebAuthn 7.1) as the Vouch server does: client data,
authenticator data, the new credential and the attestation statement. Protocol reference 1.8, 2.1, 2.2. Used by
`key_resources.py`.
"""

import dataclasses
import hashlib
import struct
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import cbor
import jose_check
from cbor import CborError
from jose_check import JoseError
from webauthn_check import AssertionRefused, check_authenticator_data, check_client_data

FLAG_ATTESTED = 0x40
FLAG_EXTENSIONS = 0x80
ES256 = -7
LONGEST_ID = 1023
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


@dataclasses.dataclass
class NewCredential:
    credential_id: bytes
    public_key: ec.EllipticCurvePublicKey
    aaguid: str
    counter: int


def verify(made, challenge, rp_id):
    """The credential in `made`, a dict of the four binaries of `/v1/keys/register/complete`. `challenge` is base64url.
    Raises `AssertionRefused` with what is wrong."""
    client_data = made["client_data_json"]
    check_client_data(client_data, "webauthn.create", challenge, rp_id)
    fmt, data, statement = _attestation_object(made["attestation_object"])
    check_authenticator_data(data, rp_id)
    credential = _attested_credential(data)
    if credential.credential_id != made["credential_id"]:
        raise AssertionRefused("credential_id is not the one in the authenticator data")
    if made["public_key"] != _spki(credential.public_key):
        raise AssertionRefused("public_key is not the DER SubjectPublicKeyInfo of the credential")
    _check_statement(fmt, statement, credential, data + hashlib.sha256(client_data).digest())
    return credential


def _attestation_object(data):
    try:
        value = cbor.decode(data)
    except CborError as error:
        raise AssertionRefused(f"attestation object: {error}") from error
    if not isinstance(value, dict) or set(value) != {"fmt", "authData", "attStmt"}:
        raise AssertionRefused("attestation object is not a map of fmt, authData and attStmt")
    fmt, auth_data, statement = value["fmt"], value["authData"], value["attStmt"]
    if not isinstance(fmt, str) or not isinstance(auth_data, bytes) or not isinstance(statement, dict):
        raise AssertionRefused("fmt is no text, authData no bytes or attStmt no map")
    return fmt, auth_data, statement


def _attested_credential(data):
    if not data[32] & FLAG_ATTESTED:
        raise AssertionRefused("no attested credential data")
    if len(data) < 55:
        raise AssertionRefused("attested credential data ends too early")
    size = struct.unpack_from(">H", data, 53)[0]
    if not 1 <= size <= LONGEST_ID or len(data) < 55 + size:
        raise AssertionRefused(f"credential id of {size} bytes")
    try:
        cose, end = cbor.decode_first(data, 55 + size)
        if data[32] & FLAG_EXTENSIONS:
            extensions, end = cbor.decode_first(data, end)
            if not isinstance(extensions, dict):
                raise AssertionRefused("extension data is no map")
    except CborError as error:
        raise AssertionRefused(f"attested credential data: {error}") from error
    if end != len(data):
        raise AssertionRefused(f"{len(data) - end} bytes after the authenticator data")
    return NewCredential(data[55:55 + size], _public_key(cose), str(uuid.UUID(bytes=data[37:53])),
                         struct.unpack_from(">I", data, 33)[0])


def _public_key(cose):
    """RFC 9053, 7.1: EC2 on P-256 for ES256."""
    if not isinstance(cose, dict) or (cose.get(1), cose.get(3), cose.get(-1)) != (2, ES256, 1):
        raise AssertionRefused("credential public key is not ES256 on P-256")
    x, y = cose.get(-2), cose.get(-3)
    if not isinstance(x, bytes) or not isinstance(y, bytes):
        raise AssertionRefused("credential public key has no two coordinates")
    try:
        coordinates = {"x": jose_check.b64url(x), "y": jose_check.b64url(y)}
        return jose_check.public_key({"kty": "EC", "crv": "P-256"} | coordinates)
    except JoseError as error:
        raise AssertionRefused(f"credential public key: {error}") from error


def _spki(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _check_statement(fmt, statement, credential, signed):
    if fmt == "none":
        if statement:
            raise AssertionRefused("attStmt of format none is not empty")
        return
    if fmt != "packed":
        raise AssertionRefused(f"attestation format {fmt!r}")
    if not {"alg", "sig"} <= set(statement) <= {"alg", "sig", "x5c"} or not isinstance(statement["sig"], bytes):
        raise AssertionRefused("attStmt of format packed is not a map of alg, sig and perhaps x5c")
    if statement["alg"] != ES256:
        raise AssertionRefused(f"attestation alg is {statement['alg']!r}")
    key = credential.public_key
    if "x5c" in statement:
        key = _certified_key(statement["x5c"], credential.aaguid)
    if not jose_check.verify_der_p256(key, statement["sig"], signed):
        raise AssertionRefused("attestation signature does not verify")


def _certified_key(chain, aaguid):
    """The key of the attestation certificate, with the demands of WebAuthn 8.2.1. Who signed it is nobody's business
    here: the sandbox trusts every maker."""
    if not isinstance(chain, list) or not chain or not all(isinstance(one, bytes) for one in chain):
        raise AssertionRefused("x5c is not an array of certificates")
    try:
        certificates = [x509.load_der_x509_certificate(one) for one in chain]
        key = certificates[0].public_key()
        extensions = certificates[0].extensions
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise AssertionRefused(f"attestation certificate: {error}") from error
    units = certificates[0].subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    if [unit.value for unit in units] != ["Authenticator Attestation"] or constraints.ca:
        raise AssertionRefused("attestation certificate is of a CA, or its OU is not Authenticator Attestation")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise AssertionRefused("attestation certificate has no P-256 key")
    for extension in extensions:
        if extension.oid == AAGUID_EXTENSION and extension.value.value != b"\x04\x10" + uuid.UUID(aaguid).bytes:
            raise AssertionRefused("attestation certificate is of another model than the authenticator data")
    return key
