"""A credential of the software key and the two algorithms it can sign with."""

import base64
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

ES256, EDDSA = -7, -8  # COSE algorithms (RFC 9053, 2)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Credential:
    """One account at one relying party. A discoverable one is found without its id."""

    def __init__(self, rp_id, user_id, user_name, algorithm=ES256, discoverable=True):
        self.rp_id = rp_id
        self.user_id = user_id
        self.user_name = user_name
        self.discoverable = discoverable
        self.id = os.urandom(32)
        if algorithm == EDDSA:
            self._key = ed25519.Ed25519PrivateKey.generate()
        else:
            self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def algorithm(self):
        return EDDSA if isinstance(self._key, ed25519.Ed25519PrivateKey) else ES256

    def cose_key(self):
        """The public key as it stands in the attested credential data (WebAuthn 6.5.1)."""
        public = self._key.public_key()
        if self.algorithm == EDDSA:
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {1: 1, 3: EDDSA, -1: 6, -2: raw}
        numbers = public.public_numbers()
        return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def public_key_pem(self):
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, data):
        """The signature as CTAP2 returns it: ASN.1 DER for ES256, 64 bytes for EdDSA."""
        if self.algorithm == EDDSA:
            return self._key.sign(data)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def to_json(self):
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {"id": b64url(self.id), "rp_id": self.rp_id, "user_id": b64url(self.user_id),
                "user_name": self.user_name, "discoverable": self.discoverable, "private_key_pem": pem.decode()}

    @classmethod
    def from_json(cls, data):
        credential = cls.__new__(cls)
        credential.rp_id, credential.user_name = data["rp_id"], data["user_name"]
        credential.user_id, credential.id = unb64url(data["user_id"]), unb64url(data["id"])
        credential.discoverable = data.get("discoverable", True)
        credential._key = serialization.load_pem_private_key(data["private_key_pem"].encode(), password=None)
        return credential
