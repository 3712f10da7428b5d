"""What a security key makes at a registration, written once more for the selftest (WebAuthn 6.5, 8.2), with every part
that can be made wrong.
"""

import datetime
import json
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from selftest_client import SecurityKey, b64, new_key, sha256

AAGUID = bytes(15) + b"\x01"
EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


def cbor(value):
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(cbor(one) for one in value)
    return _head(5, len(value)) + b"".join(cbor(name) + cbor(one) for name, one in value.items())


def _head(major, argument):
    for low, limit, form in ((24, 1 << 8, ">BB"), (25, 1 << 16, ">BH"), (26, 1 << 32, ">BI")):
        if argument < 24:
            return bytes([major << 5 | argument])
        if argument < limit:
            return struct.pack(form, major << 5 | low, argument)
    raise ValueError(argument)


def certificate(key, unit="Authenticator Attestation", ca=False, aaguid=AAGUID):
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)])
    built = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
             .serial_number(7).not_valid_before(datetime.datetime(2024, 1, 1))
             .not_valid_after(datetime.datetime(2049, 1, 1))
             .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
             .add_extension(x509.UnrecognizedExtension(EXTENSION, b"\x04\x10" + aaguid), critical=False))
    return built.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class NewKey(SecurityKey):
    """A key that is not enrolled yet."""

    def cose(self):
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def make(self, start, *, flags=0x45, cose=(), client_data=(), rp_id="vouch.test", fmt="packed", statement=None,
             signer=None, x5c=None, tail=b"", top=(), **changes):
        """The body of `/v1/keys/register/complete` for the answer `start`; the keyword arguments make it wrong."""
        data = {"type": "webauthn.create", "challenge": b64(bytes(start["challenge"])), "origin": "https://vouch.test",
                "crossOrigin": False} | dict(client_data)
        text = json.dumps(data, separators=(",", ":")).encode()
        auth_data = (sha256(rp_id.encode()) + struct.pack(">BI", flags, self.counter) + AAGUID
                     + struct.pack(">H", len(self.credential_id)) + self.credential_id
                     + cbor(self.cose() | dict(cose)) + tail)
        if statement is None and fmt == "packed":
            signature = (signer or self.key).sign(auth_data + sha256(text), ec.ECDSA(hashes.SHA256()))
            statement = {"alg": -7, "sig": signature} | ({"x5c": x5c} if x5c is not None else {})
        made = cbor({"fmt": fmt, "attStmt": statement or {}, "authData": auth_data} | dict(top))
        spki = self.key.public_key().public_bytes(serialization.Encoding.DER,
                                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        binaries = {"credential_id": self.credential_id, "public_key": spki, "attestation_object": made,
                    "client_data_json": text}
        return {"state": start["state"]} | {name: list(value) for name, value in binaries.items()} | changes
