"""The device flow (RFC 8628): codes that a client polls for and a person decides about. Protocol reference 1.2.

Held by `vouch_server.py`; decided by the page of `device_page.py` or by the control port.
"""

import dataclasses
import secrets
import threading

from client_auth import oauth_refusal

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, no words: RFC 8628, 6.1
SLOWER_SECONDS = 5
EARLY_SECONDS = 0.1  # a client that sleeps exactly the interval may wake up this much earlier by our clock


@dataclasses.dataclass
class DeviceCode:
    device_code: str
    user_code: str
    client_id: str
    scope: str
    expires: float
    interval: float
    last_poll: float | None = None
    polls: int = 0
    state: str = "pending"  # approved, denied, used
    user: object = None
    asserted_at: float | None = None  # when the person touched a key in the browser


class UnknownCode(ValueError):
    """No code waits for a decision under that name."""


class DeviceFlow:
    """The codes of one server. Thread safe."""

    def __init__(self, world, users):
        self._world = world
        self._users = users
        self._lock = threading.Lock()
        self._codes = []

    def start(self, client_id, scope):
        """A new code, as a `DeviceCode`."""
        settings, now = self._world.settings, self._world.clock.now()
        letters = "".join(secrets.choice(LETTERS) for _ in range(8))
        code = DeviceCode(secrets.token_urlsafe(32), f"{letters[:4]}-{letters[4:]}", client_id, scope,
                          now + settings.device_seconds, settings.device_interval)
        self._world.issued.add("device_code", code.device_code)
        with self._lock:
            self._codes.append(code)
        return code

    def list(self):
        """What the control port shows; the device code is the client's secret and not among it."""
        now = self._world.clock.now()
        with self._lock:
            return [{"user_code": code.user_code, "client_id": code.client_id, "state": self._state(code, now),
                     "interval": code.interval, "polls": code.polls, "expires_in": int(code.expires - now)}
                    for code in self._codes]

    def decide(self, user_code, approve, email="", hardware=None):
        """The person's decision. `email` empty = the only account; `hardware` None = whether that one has a key, which
        servers from v2026.8.3 on ask for and older ones do not. Raises `UnknownCode`, `ValueError`."""
        user = self._users.find_email(email) if email else self._users.only()
        if approve and user is None:
            raise ValueError(f"no account {email!r}" if email else "several accounts, or none: say which")
        now = self._world.clock.now()
        with self._lock:
            wanted = _letters(user_code)
            code = next((one for one in self._codes if _letters(one.user_code) == wanted), None)
            if code is None or self._state(code, now) != "pending":
                raise UnknownCode("no such code is pending")
            if not approve:
                code.state = "denied"
                return
            if hardware is None:
                hardware = bool(user.keys) and not self._world.settings.old_server
            code.state, code.user, code.asserted_at = "approved", user, now if hardware else None

    def poll(self, device_code, client_id):
        """The approved code, which is used up; refuses as RFC 8628, 3.5 has it."""
        now = self._world.clock.now()
        with self._lock:
            code = next((one for one in self._codes if one.device_code == device_code), None)
            if code is None or code.client_id != client_id:
                raise _refusal("invalid_grant", "device code is unknown, or of another client")
            early = code.last_poll is not None and now < code.last_poll + code.interval - EARLY_SECONDS
            code.last_poll, code.polls = now, code.polls + 1
            self._check(self._state(code, now), early, code)
            code.state = "used"
            return code

    @staticmethod
    def _state(code, now):
        return "expired" if code.state in ("pending", "approved") and code.expires <= now else code.state

    @staticmethod
    def _check(state, early, code):
        if state == "used":
            raise _refusal("invalid_grant", "device code was used before")
        if state == "expired":
            raise _refusal("expired_token", "device code has expired")
        if early:
            code.interval += SLOWER_SECONDS
            raise _refusal("slow_down", f"polled too early; the interval is {code.interval:g} s from now on")
        if state == "denied":
            raise _refusal("access_denied", "the person refused")
        if state == "pending":
            raise _refusal("authorization_pending", "nobody has decided yet")


def _letters(user_code):
    return "".join(letter for letter in user_code.upper() if letter.isalnum())


def _refusal(error, reason):
    texts = {"authorization_pending": "The authorization request is still pending", "slow_down": "Polling too fast",
             "access_denied": "The authorization request was denied", "expired_token": "The device code has expired",
             "invalid_grant": "The device code is invalid"}
    return oauth_refusal(400, error, texts[error], reason)
