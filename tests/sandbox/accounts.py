"""The accounts of the Vouch server: people, and the security keys of each. A person may have none yet.

Filled by `vouch-sandbox --user`, by the control port and by `key_resources.py`; asked by the grants and by `/v1/keys`.
"""

import dataclasses
import threading
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import jose_check

DEFAULT_KEY_NAME = "Security key"


@dataclasses.dataclass
class Key:
    """One credential as the server keeps it. `counter` is the last one that was seen."""

    credential_id: bytes
    public_key: ec.EllipticCurvePublicKey
    aaguid: str
    name: str = DEFAULT_KEY_NAME
    counter: int = 0
    key_id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    created: float = 0.0


@dataclasses.dataclass
class User:
    user_id: uuid.UUID
    email: str
    keys: list = dataclasses.field(default_factory=list)
    active: bool = True


class KnownCredential(ValueError):
    """The credential belongs to an account already."""


def parse_user(description, rp_id):
    """A `User` out of what `softkey create` printed; one key, or none when there is no `credential_id`. Raises
    `ValueError` or `KeyError` with the member that is wrong."""
    if description.get("rp_id", rp_id) != rp_id:
        raise ValueError(f"rp_id is {description['rp_id']!r}, the sandbox has {rp_id!r}")
    user = User(uuid.UUID(description["user_id"]), description["user_name"].lower())
    if "credential_id" not in description:
        return user
    public_key = serialization.load_pem_public_key(description["public_key_pem"].encode())
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(public_key.curve, ec.SECP256R1):
        raise ValueError("public_key_pem is not a P-256 key")
    user.keys.append(Key(jose_check.b64url_decode(description["credential_id"]), public_key,
                         str(uuid.UUID(description["aaguid"])), description.get("key_name", DEFAULT_KEY_NAME)))
    return user


class Users:
    """All accounts. Thread safe."""

    def __init__(self, clock):
        self._clock = clock
        self._lock = threading.RLock()
        self._users = []

    def add(self, user):
        """Adds an account; the keys of a known `user_id` are added to that one."""
        with self._lock:
            known = next((one for one in self._users if one.user_id == user.user_id), None)
            if known is None:
                known = User(user.user_id, user.email)
                self._users.append(known)
            for key in user.keys:
                self.add_key(known, key)

    def add_key(self, user, key):
        """Raises `KnownCredential`."""
        with self._lock:
            if self.find_credential(key.credential_id) is not None:
                raise KnownCredential("credential id is known already")
            key.created = key.created or self._clock.now()
            user.keys.append(key)

    def find_credential(self, credential_id):
        """The user and the key, or None."""
        with self._lock:
            return next(((user, key) for user in self._users for key in user.keys
                         if key.credential_id == credential_id), None)

    def find_email(self, email):
        with self._lock:
            return next((user for user in self._users if user.email == email.lower()), None)

    def set_active(self, active):
        """Of all accounts; one that is not gets nothing any more."""
        with self._lock:
            for user in self._users:
                user.active = active

    def only(self):
        """The account when there is exactly one, else None."""
        with self._lock:
            return self._users[0] if len(self._users) == 1 else None

    def keys(self, user):
        with self._lock:
            return list(user.keys)

    def remove_key(self, user, key_id):
        """The key that was removed, or None when the user has no such key."""
        with self._lock:
            key = next((one for one in user.keys if one.key_id == key_id), None)
            if key is not None:
                user.keys.remove(key)
            return key

    def rename_key(self, user, key_id, name):
        """False when the user has no such key."""
        with self._lock:
            key = next((one for one in user.keys if one.key_id == key_id), None)
            if key is not None:
                key.name = name
            return key is not None

    def count(self, key, counter):
        """Takes the counter of an assertion; False for a regression (WebAuthn 7.2, step 22)."""
        with self._lock:  # two assertions at once must not both pass with one counter
            if (counter or key.counter) and counter <= key.counter:
                return False
            key.counter = counter
            return True
