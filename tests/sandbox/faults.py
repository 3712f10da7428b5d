"""Misbehaviour on request: which fault hits the next request of a service, and what it does to the connection.

Set by the control port (`control.py`), asked by `http_base.py` for every request. The body of a refusal that looks real
is made by the service itself, because each of them words it in its own way.
"""

import dataclasses
import select
import threading
import time

import tls

MODES = ("none", "down", "status", "delay", "garbage", "cut", "hang", "throttle", "access_denied", "wrong_type",
         "truncate", "oversize", "endless", "drip", "non_json", "wrong_types", "empty_strings", "redirect", "lying_date", "cookie",
         "bad_certificate")
SERVICES = ("vouch", "sts", "signin", "eks", "k8s")


@dataclasses.dataclass
class Fault:
    """One entry of `POST /faults`. `count` None = until it is taken back; `operation` empty = every request; `code`
    None = the usual one of the mode; `location` empty = where the control port counts visits; `certificate` is one of
    `tls.KINDS`."""

    mode: str
    code: int | None = None
    seconds: float = 1.0
    operation: str = ""
    count: int | None = None
    error: str = ""
    retry_after: int | None = None
    location: str = ""
    message: str = ""
    certificate: str = "expired"


class BadFault(ValueError):
    """The description of a fault is not one."""


def parse_fault(value):
    """A `Fault` out of the JSON of the control port. Unknown members are refused: a typing error would blind a test."""
    if not isinstance(value, dict) or value.get("mode") not in MODES:
        raise BadFault(f"a fault is an object whose mode is one of {', '.join(MODES)}")
    unknown = set(value) - {field.name for field in dataclasses.fields(Fault)}
    if unknown:
        raise BadFault(f"unknown member {sorted(unknown)[0]}")
    fault = Fault(**value)
    if not isinstance(fault.code, int | None) or not 200 <= (fault.code or 200) <= 599:
        raise BadFault("code is an HTTP status")
    if not isinstance(fault.seconds, (int, float)) or not isinstance(fault.retry_after, int | None):
        raise BadFault("seconds and retry_after are numbers")
    if not all(isinstance(text, str) for text in (fault.operation, fault.error, fault.location, fault.message)):
        raise BadFault("operation, error, location and message are texts")
    if fault.certificate not in tls.KINDS:
        raise BadFault(f"certificate is one of {', '.join(tls.KINDS)}")
    if fault.count is not None and (not isinstance(fault.count, int) or fault.count < 1):
        raise BadFault("count is a number above zero")
    return fault


class Faults:
    """The faults in force. Thread safe."""

    def __init__(self):
        self._changed = threading.Condition()
        self._by_service = {}
        self._generation = 0
        self.redirect_to = ""

    def set(self, service, faults):
        """Replaces what was set for `service`, and wakes the requests that a fault holds."""
        with self._changed:
            self._by_service[service] = [fault for fault in faults if fault.mode not in ("none", "down", "bad_certificate")]
            self._generation += 1
            self._changed.notify_all()

    def take(self, service, names):
        """The fault that hits a request with these names, or None. Uses up one of its `count`."""
        with self._changed:
            for fault in self._by_service.get(service, ()):
                if fault.operation not in ("", *names) or fault.count == 0:
                    continue
                if fault.count is not None:
                    fault.count -= 1
                return fault
        return None

    @property
    def generation(self):
        """Changes whenever the faults do."""
        return self._generation

    def wait(self, seconds):
        """Waits `seconds`, or less when the faults are changed meanwhile."""
        until = time.monotonic() + seconds
        with self._changed:
            generation = self._generation
            while generation == self._generation and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)

    def hang(self, connection):
        """Returns when the peer hangs up or the faults are changed; nothing is ever answered."""
        with self._changed:
            generation = self._generation
        poller = select.poll()
        poller.register(connection, select.POLLRDHUP)  # not "readable": a TLS peer says good-bye with bytes
        while generation == self._generation and not poller.poll(100):
            pass
