"""The memory of the software security key: one JSON file with the PIN, the counter and the credentials.

Every change is written at once and atomically, as a real key keeps its state when it is pulled out.
"""

import base64
import hashlib
import json
import os
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PIN_RETRIES = 8  # CTAP 2.1, 6.5.2.3: maxPinRetries


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pin_hash(pin):
    """LEFT(SHA-256(pin), 16), the only form in which an authenticator keeps a PIN."""
    return hashlib.sha256(pin).digest()[:16]


class Credential:
    """A discoverable ES256 credential."""

    def __init__(self, rp_id, user_id, user_name, credential_id=None, private_key=None):
        self.rp_id = rp_id
        self.user_id = user_id
        self.user_name = user_name
        self.id = credential_id or os.urandom(32)
        self.private_key = private_key or ec.generate_private_key(ec.SECP256R1())

    def public_key_pem(self):
        return self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, data):
        """ASN.1 DER signature, as CTAP2 returns it."""
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def to_json(self):
        pem = self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {"id": b64url(self.id), "rp_id": self.rp_id, "user_id": b64url(self.user_id),
                "user_name": self.user_name, "private_key_pem": pem.decode()}

    @classmethod
    def from_json(cls, data):
        key = serialization.load_pem_private_key(data["private_key_pem"].encode(), password=None)
        return cls(data["rp_id"], unb64url(data["user_id"]), data["user_name"], unb64url(data["id"]), key)


class KeyFile:
    def __init__(self, path, data, hide_credentials=False):
        self.path = path
        self.aaguid = bytes.fromhex(data["aaguid"])
        self.ctap = data["ctap"]
        self.counter = data["counter"]
        self.pin_hash = bytes.fromhex(data["pin_hash"]) if data["pin_hash"] else None
        self.pin_retries = data["pin_retries"]
        self.stored = [Credential.from_json(c) for c in data["credentials"]]
        self._hidden = list(self.stored) if hide_credentials else []

    @classmethod
    def create(cls, path, aaguid, ctap, pin):
        return cls(path, {"aaguid": aaguid.hex(), "ctap": ctap, "counter": 0, "pin_retries": PIN_RETRIES,
                          "pin_hash": pin_hash(pin.encode()).hex() if pin else None, "credentials": []})

    @classmethod
    def load(cls, path, hide_credentials=False):
        with open(path, encoding="utf-8") as file:
            return cls(path, json.load(file), hide_credentials)

    def save(self):
        data = {"aaguid": self.aaguid.hex(), "ctap": self.ctap, "counter": self.counter,
                "pin_hash": self.pin_hash.hex() if self.pin_hash else None, "pin_retries": self.pin_retries,
                "credentials": [c.to_json() for c in self.stored]}
        temporary = f"{self.path}.tmp"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
        os.replace(temporary, self.path)

    def credentials(self, rp_id):
        """Those of a relying party, newest first (CTAP 2.1, 6.2.2 step 11)."""
        return [c for c in reversed(self.stored) if c.rp_id == rp_id and c not in self._hidden]

    def add(self, credential):
        """A credential replaces the one of the same user at the same relying party (CTAP 2.1, 6.1.2 step 17)."""
        self.stored = [c for c in self.stored
                       if c in self._hidden or (c.rp_id, c.user_id) != (credential.rp_id, credential.user_id)]
        self.stored.append(credential)
        self.save()

    def next_counter(self):
        self.counter += 1
        self.save()
        return self.counter


def user_id_bytes(text):
    """The user handle of the Vouch server is the binary UUID of the user."""
    return uuid.UUID(text).bytes
