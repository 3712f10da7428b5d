"""What all parts of the sandbox share: the settings, the far end's clock, the counters and the log of true reasons.

Made once by `vouch-sandbox` and by the selftest, handed to every server. Thread safe.
"""

import collections
import dataclasses
import sys
import threading
import time

from eks_access import ClusterAccess
from roles import Roles


@dataclasses.dataclass
class Settings:
    """What the command line can change. Times are seconds."""

    directory: str
    rp_id: str = "vouch.test"
    session_seconds: int = 28800
    sts_seconds: int = 3600
    session_token_bytes: int = 1000
    region: str = "us-east-1"
    cluster: str = "demo"
    cluster_id: str = ""
    page_size: int = 100
    management_roles: tuple = ()
    member_roles: tuple = ()
    organization_domain: str = "example.com"
    der_signatures: bool = False
    old_server: bool = False
    error_field: str = "error"
    dpop_max_age: int = 300
    device_seconds: int = 600
    device_interval: int = 5
    step_up_register: bool = False
    posture: str = ""
    tls: bool = False
    tls_cert: str = "good"
    sts_tls: bool = False
    vouch_host: str = "127.0.0.1"
    static_token: str = ""
    verbose: bool = False


class Clock:
    """The wall clock of the far end; a test moves it by a skew instead of waiting."""

    def __init__(self):
        self.skew_seconds = 0.0
        self._lock = threading.Lock()
        self._jump = ("", 0.0)

    def now(self):
        """Unix seconds, a float."""
        return time.time() + self.skew_seconds

    def set(self, skew_seconds, before=""):
        """Moves the clock: at once, or when the operation `before` is asked for next ("sts.AssumeRole")."""
        with self._lock:
            self._jump = (before, skew_seconds)
            if not before:
                self.skew_seconds = skew_seconds

    def arrive(self, name):
        """An operation is asked for."""
        with self._lock:
            if name == self._jump[0]:
                self.skew_seconds, self._jump = self._jump[1], ("", 0.0)


class Counters:
    """How often each operation was asked for ("sts.GetCallerIdentity"), and with ".ok" added how often it succeeded."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = collections.Counter()

    def add(self, name):
        with self._lock:
            self._counts[name] += 1

    def snapshot(self):
        with self._lock:
            return dict(sorted(self._counts.items()))

    def reset(self):
        with self._lock:
            self._counts.clear()


class Issued:
    """Every secret that was given to a client, for tests that look for copies of it where none may be left."""

    def __init__(self):
        self._lock = threading.Lock()
        self._secrets = []

    def add(self, kind, secret):
        """Returns `secret`, so that it can be noted where it is made."""
        with self._lock:
            self._secrets.append({"kind": kind, "secret": secret})
        return secret

    def list(self):
        with self._lock:
            return list(self._secrets)


class Log:
    """One line for each refusal in DIR/sandbox.log, for the developer who wonders why; the wire never tells as much."""

    def __init__(self, path, verbose, clock):
        self._lock = threading.Lock()
        self._file = open(path, "a", encoding="utf-8", buffering=1)
        self._echo = verbose or sys.stderr.isatty()
        self._clock = clock

    def line(self, text):
        stamp = time.strftime("%H:%M:%S", time.gmtime(self._clock.now()))
        text = text.replace("\r", "\\r").replace("\n", "\\n")
        with self._lock:
            self._file.write(f"{stamp} {text}\n")
            if self._echo:
                sys.stderr.write(f"vouch-sandbox: {text}\n")

    def close(self):
        with self._lock:
            self._file.close()


class OnceStore:
    """Remembers identifiers (jti, nonces) until they expire by themselves, so that each is taken only once."""

    def __init__(self, clock):
        self._lock = threading.Lock()
        self._clock = clock
        self._until = {}
        self._next_sweep = 0.0

    def take(self, identifier, until):
        """True the first time; False for a repetition before `until` (Unix seconds)."""
        now = self._clock.now()
        with self._lock:
            if now >= self._next_sweep:
                self._until = {name: end for name, end in self._until.items() if end > now}
                self._next_sweep = now + 60
            if self._until.get(identifier, 0) > now:
                return False
            self._until[identifier] = until
            return True

    def discard(self, identifier):
        """True when `identifier` was there and had not expired; it is gone afterwards."""
        with self._lock:
            return self._until.pop(identifier, 0) > self._clock.now()

    def holds(self, identifier):
        with self._lock:
            return self._until.get(identifier, 0) > self._clock.now()


class World:
    """The state that belongs to no single server."""

    def __init__(self, settings):
        self.settings = settings
        self.clock = Clock()
        self.roles = Roles(settings)
        self.access = ClusterAccess(self.roles)
        self.counters = Counters()
        self.issued = Issued()
        self.log = Log(f"{settings.directory}/sandbox.log", settings.verbose, self.clock)
