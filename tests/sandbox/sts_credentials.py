"""The temporary credentials that the sandbox's STS has issued, and the roles of its one account. Used by `sts.py`,
`eks.py` and `k8s.py`.
"""

import base64
import collections
import dataclasses
import re
import secrets
import string
import threading
import zlib

import arn
from world import ACCOUNT

_TRUSTED = re.compile(r"VouchDeveloper|VouchReader|VouchAuditor|Load-[0-9]+")
_ON_CLUSTER = re.compile(r"VouchDeveloper|VouchReader|Load-[0-9]+")  # the auditor has no access entry
_LONGEST_SESSION = {"VouchReader": 3600}  # the default of IAM; the other roles were raised to 12 hours
_KEY_ALPHABET = string.ascii_uppercase + "234567"


@dataclasses.dataclass
class Credential:
    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: int
    role: arn.Role
    session_name: str

    @property
    def role_id(self):
        return f"AROA{zlib.crc32(self.role.name.encode()):016d}:{self.session_name}"

    @property
    def assumed_role_arn(self):
        return f"arn:{self.role.partition}:sts::{self.role.account}:assumed-role/{self.role.name}/{self.session_name}"

    @property
    def role_arn(self):
        return f"arn:{self.role.partition}:iam::{self.role.account}:role/{self.role.name}"


def is_trusting(role, partition):
    """True when the role exists in our account and its trust policy names the Vouch server."""
    return role.partition == partition and role.account == ACCOUNT and bool(_TRUSTED.fullmatch(role.name))


def has_cluster_access(role_arn):
    role = arn.parse_role(role_arn)
    return role is not None and role.account == ACCOUNT and bool(_ON_CLUSTER.fullmatch(role.name))


def longest_session(role):
    return _LONGEST_SESSION.get(role.name, 43200)


class Credentials:
    """All that were issued, and a list of the calls that did, for tests that ask what was requested. Thread safe."""

    def __init__(self, token_bytes):
        self._token_bytes = token_bytes
        self._lock = threading.Lock()
        self._by_key = {}
        self._calls = collections.deque(maxlen=1000)

    def issue(self, role, session_name, expires, call):
        """New credentials. `call` is remembered for the control port and holds no secret."""
        key = "ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
        secret = base64.b64encode(secrets.token_bytes(30)).decode()
        token = "IQoJb3JpZ2luX2VjE" + base64.b64encode(secrets.token_bytes(self._token_bytes)).decode()
        credential = Credential(key, secret, token[:self._token_bytes], expires, role, session_name)
        with self._lock:
            self._by_key[key] = credential
            self._calls.append(call)
        return credential

    def find(self, access_key_id):
        with self._lock:
            return self._by_key.get(access_key_id)

    def calls(self):
        with self._lock:
            return list(self._calls)
