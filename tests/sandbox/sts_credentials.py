"""The temporary credentials that the sandbox's STS has issued. Used by `sts.py`, `eks.py` and `k8s.py`."""

import base64
import collections
import dataclasses
import secrets
import string
import threading
import zlib

import arn

_KEY_ALPHABET = string.ascii_uppercase + "234567"


@dataclasses.dataclass
class Credential:
    """`granted` is what `Assumption.describe` says of the call that gave it."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: int
    role: arn.Role
    session_name: str
    granted: dict

    @property
    def role_id(self):
        return f"AROA{zlib.crc32(self.role.name.encode()):016d}:{self.session_name}"

    @property
    def assumed_role_arn(self):
        return f"arn:{self.role.partition}:sts::{self.role.account}:assumed-role/{self.role.name}/{self.session_name}"

    @property
    def role_arn(self):
        return self.granted["role_arn"]


class Credentials:
    """All that were issued, and a list of the calls that did, for tests that ask what was requested. Thread safe."""

    def __init__(self, world):
        self._world = world
        self._token_bytes = world.settings.session_token_bytes
        self._lock = threading.Lock()
        self._by_key = {}
        self._calls = collections.deque(maxlen=1000)

    def issue(self, assumption, now):
        """New credentials of an `Assumption`, which is remembered for the control port."""
        key = "ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
        secret = base64.b64encode(secrets.token_bytes(30)).decode()
        token = "IQoJb3JpZ2luX2VjE" + base64.b64encode(secrets.token_bytes(self._token_bytes)).decode()
        granted = assumption.describe()
        credential = Credential(key, secret, token[:self._token_bytes], int(now) + assumption.seconds, assumption.role,
                                assumption.session_name, granted)
        self._world.issued.add("secret_access_key", credential.secret_access_key)
        self._world.issued.add("session_token", credential.session_token)
        with self._lock:
            self._by_key[key] = credential
            self._calls.append(granted)
        return credential

    def find(self, access_key_id):
        with self._lock:
            return self._by_key.get(access_key_id)

    def calls(self):
        with self._lock:
            return list(self._calls)
