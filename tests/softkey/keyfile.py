"""The memory of the software security key: one JSON file with the PIN, the counter and the credentials.

Every change is written at once and atomically, as a real key keeps its state when it is pulled out. Several programs
may use the file: each reads it again before it acts, and changes it under a lock.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import uuid

from credential import Credential

PIN_RETRIES = 8  # CTAP 2.1, 6.5.2.3: maxPinRetries


def pin_hash(pin):
    """LEFT(SHA-256(pin), 16), the only form in which an authenticator keeps a PIN."""
    return hashlib.sha256(pin).digest()[:16]


class KeyFile:
    def __init__(self, path, data, hidden=frozenset()):
        self.path = path
        self._hidden = hidden
        self._take(data)

    def _take(self, data):
        self.aaguid = bytes.fromhex(data["aaguid"])
        self.ctap = data["ctap"]
        self.counter = data["counter"]
        self.pin_hash = bytes.fromhex(data["pin_hash"]) if data["pin_hash"] else None
        self.pin_retries = data["pin_retries"]
        self.stored = [Credential.from_json(c) for c in data["credentials"]]

    @classmethod
    def create(cls, path, aaguid, ctap, pin):
        return cls(path, {"aaguid": aaguid.hex(), "ctap": ctap, "counter": 0, "pin_retries": PIN_RETRIES,
                          "pin_hash": pin_hash(pin.encode()).hex() if pin else None, "credentials": []})

    @classmethod
    def load(cls, path, hidden=frozenset()):
        """`hidden` are the ids of credentials that this reader is not to find."""
        return cls(path, cls._read(path), hidden)

    @staticmethod
    def _read(path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def refresh(self):
        self._take(self._read(self.path))

    def save(self):
        data = {"aaguid": self.aaguid.hex(), "ctap": self.ctap, "counter": self.counter,
                "pin_hash": self.pin_hash.hex() if self.pin_hash else None, "pin_retries": self.pin_retries,
                "credentials": [c.to_json() for c in self.stored]}
        temporary = f"{self.path}.tmp"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
        os.replace(temporary, self.path)

    @contextlib.contextmanager
    def changing(self):
        """The newest state, to be changed in the body and written at its end.

        What is locked is the folder, for the file is another one after each write.
        """
        folder = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self.refresh()
            yield
            self.save()
        finally:
            os.close(folder)

    def credentials(self, rp_id):
        """Those of a relying party, newest first (CTAP 2.1, 6.2.2 step 11)."""
        return [c for c in reversed(self.stored) if c.rp_id == rp_id and c.id not in self._hidden]

    def add(self, credential):
        """A discoverable one replaces that of the same user at the same relying party (CTAP 2.1, 6.1.2 step 17)."""
        with self.changing():
            self.stored = [c for c in self.stored if not self._replaces(credential, c)]
            self.stored.append(credential)

    def _replaces(self, new, old):
        return (new.discoverable and old.discoverable and old.id not in self._hidden
                and (old.rp_id, old.user_id) == (new.rp_id, new.user_id))

    def next_counter(self):
        with self.changing():
            self.counter += 1
        return self.counter


def user_id_bytes(text):
    """The user handle of the Vouch server is the binary UUID of the user."""
    return uuid.UUID(text).bytes
