#!/usr/bin/python3
"""Judges a registration with python-fido2, as a server would: nothing of our own is used.

Reads {"attestation_object", "client_data", "credential_id", "public_key"} (base64) on stdin; prints "FMT ALG FLAGS" and
the relying party's hash, or fails with a line that says what is wrong.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from fido2 import cbor
from fido2.attestation import Attestation
from fido2.ctap2 import AttestationObject


def der_of(cose):
    if cose[1] == 1:
        key = ed25519.Ed25519PublicKey.from_public_bytes(cose[-2])
    else:
        numbers = (int.from_bytes(cose[-2], "big"), int.from_bytes(cose[-3], "big"))
        key = ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def main():
    given = {name: base64.b64decode(value) for name, value in json.load(sys.stdin).items()}
    answer = AttestationObject(given["attestation_object"])
    if cbor.encode(cbor.decode(given["attestation_object"])) != given["attestation_object"]:
        sys.exit("the attestation object is not canonical")
    data = answer.auth_data
    Attestation.for_type(answer.fmt)().verify(
        answer.att_statement, data, hashlib.sha256(given["client_data"]).digest())
    if data.credential_data.credential_id != given["credential_id"]:
        sys.exit("another credential id")
    if der_of(data.credential_data.public_key) != given["public_key"]:
        sys.exit("another public key")
    print(answer.fmt, data.credential_data.public_key[3], f"{data.flags:#04x}", data.rp_id_hash.hex())


main()
