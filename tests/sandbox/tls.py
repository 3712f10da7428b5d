"""The certificates of the Kubernetes endpoint: an own CA and a server certificate for 127.0.0.1 and localhost.

Made at every start by `vouch-sandbox`; the CA's private key never leaves the process.
"""

import datetime
import ipaddress
import os
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject, issuer, public_key):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=7)).not_valid_after(now + datetime.timedelta(days=90)))


def _usage(sign_certificates):
    return x509.KeyUsage(digital_signature=True, key_cert_sign=sign_certificates, crl_sign=sign_certificates,
                         content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def _make_ca():
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (_builder("vouch-sandbox CA", "vouch-sandbox CA", key.public_key())
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                   .add_extension(_usage(True), critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                   .sign(key, hashes.SHA256()))
    return key, certificate


def _make_server(ca_key):
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (_builder("vouch-sandbox Kubernetes", "vouch-sandbox CA", key.public_key())
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                   .add_extension(_usage(False), critical=True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                   .add_extension(x509.SubjectAlternativeName(names), critical=False)
                   .add_extension(issuer, critical=False)
                   .sign(ca_key, hashes.SHA256()))
    return key, certificate


def make_context(directory):
    """Writes DIR/ca.crt and DIR/server.pem (0600); gives the server's context and the CA certificate as PEM bytes."""
    ca_key, ca = _make_ca()
    key, certificate = _make_server(ca_key)
    ca_pem = ca.public_bytes(serialization.Encoding.PEM)
    with open(f"{directory}/ca.crt", "wb") as file:
        file.write(ca_pem)
    chain = os.open(f"{directory}/server.pem", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(chain, "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(f"{directory}/server.pem")
    context.set_alpn_protocols(["http/1.1"])
    return context, ca_pem
