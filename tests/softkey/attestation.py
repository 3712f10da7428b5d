"""Attestation statements: what the key says about its own origin (WebAuthn 8.2 packed, 8.7 none)."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from credential import ES256

FORMATS = ("packed", "packed-x5c", "none")
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")  # id-fido-gen-ce-aaguid
FROM, UNTIL = datetime.datetime(2024, 1, 1), datetime.datetime(2049, 12, 31)


class Attestation:
    """One way to attest, the same for all credentials of this key."""

    def __init__(self, kind, aaguid):
        self._kind = kind
        if kind == "packed-x5c":
            self._key = ec.generate_private_key(ec.SECP256R1())
            self._chain = [_certificate(self._key.public_key(), aaguid)]

    def statement(self, credential, signed):
        """(fmt, attStmt) over authenticator data and client data hash."""
        if self._kind == "none":
            return "none", {}
        if self._kind == "packed":  # self attestation: signed by the new credential
            return "packed", {"alg": credential.algorithm, "sig": credential.sign(signed)}
        return "packed", {"alg": ES256, "sig": self._key.sign(signed, ec.ECDSA(hashes.SHA256())), "x5c": self._chain}


def _name(unit, common_name):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Softkey"),
                      x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(public_key, aaguid):
    """DER of a certificate with all that WebAuthn 8.2.1 asks for, issued by a maker whose key nobody keeps."""
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name("Authenticator Attestation", "Softkey 1")).issuer_name(_name("Makers", "Softkey Root"))
        .public_key(public_key).serial_number(x509.random_serial_number())
        .not_valid_before(FROM).not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + aaguid), critical=False)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()))
    return certificate.public_bytes(serialization.Encoding.DER)
