"""The certificates of the sandbox: an own CA, and server certificates for 127.0.0.1, localhost and vouch.test, good and bad ones.

Made at every start by `vouch-sandbox`; the CA's private key never leaves the process.
"""

import datetime
import ipaddress
import os
import ssl
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KINDS = ("good", "expired", "wrong-host", "self-signed", "tls11")
OURS = [x509.DNSName("localhost"), x509.DNSName("vouch.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
DAY = datetime.timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject, issuer, public_key, until=90 * DAY):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(public_key)
            .serial_number(x509.random_serial_number()).not_valid_before(now - 7 * DAY).not_valid_after(now + until))


def _usage(sign_certificates):
    return x509.KeyUsage(digital_signature=True, key_cert_sign=sign_certificates, crl_sign=sign_certificates,
                         content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


class Authority:
    """A CA of its own; its certificate is in DIR/ca.crt and, as PEM bytes, in `pem`."""

    def __init__(self, directory):
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = (_builder("vouch-sandbox CA", "vouch-sandbox CA", self._key.public_key())
                       .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                       .add_extension(_usage(True), critical=True)
                       .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
                       .sign(self._key, hashes.SHA256()))
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        with open(f"{directory}/ca.crt", "wb") as file:
            file.write(self.pem)

    def make_context(self, name, kind="good"):
        """The context of a server called `name`; writes DIR/NAME.pem (0600). `kind` is one of `KINDS`."""
        key, certificate = self._make_server(f"vouch-sandbox {name}", kind)
        path = f"{self._directory}/{name}.pem"
        chain = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(chain, "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if kind == "tls11":
            _only_tls11(context)
        context.load_cert_chain(path)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _make_server(self, subject, kind):
        key = ec.generate_private_key(ec.SECP256R1())
        own = kind == "self-signed"
        signer, issuer = (key, subject) if own else (self._key, "vouch-sandbox CA")
        names = [x509.DNSName("vouch.example.test")] if kind == "wrong-host" else OURS
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        certificate = (_builder(subject, issuer, key.public_key(), -DAY if kind == "expired" else 90 * DAY)
                       .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                       .add_extension(_usage(False), critical=True)
                       .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                       .add_extension(x509.SubjectAlternativeName(names), critical=False)
                       .add_extension(authority, critical=False)
                       .sign(signer, hashes.SHA256()))
        return key, certificate


def _only_tls11(context):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is deprecated is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has it at this level only
