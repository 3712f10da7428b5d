"""What of the key can be touched: the contact, the fingerprint sensor, the plug. All of it outlives a connection."""

import os

from errors import Ctap2Error, Status

UV_RETRIES = 3
MOMENTS = ("getpin", "touch", "after-touch")


class Unplugged(Exception):
    """The connection is to end here: the other end is gone, or the key is."""


class Touch:
    """The finger: 'auto', 'never', the seconds that it takes, or 'file:PATH' for one that comes with that file."""

    def __init__(self, how):
        self._path = how[len("file:"):] if how.startswith("file:") else None
        self._delay = float({"auto": "0", "never": "inf"}.get(how, how)) if self._path is None else float("inf")

    def came(self, waited):
        """Whether the finger is there after so many seconds; a file is used up by it."""
        if self._path is None:
            return waited >= self._delay
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            return False
        return True

    def look_again(self, waited):
        """Seconds until it is worth asking again."""
        return 0.02 if self._path else self._delay - waited


class Fingerprint:
    """Built-in user verification (CTAP 2.1, 6.5.3): 'ok' reads, 'fail' never does, 'blocked' wants the PIN first."""

    def __init__(self, how):
        self._reads = how != "fail"
        self.retries = 0 if how == "blocked" else UV_RETRIES

    def verify(self, wait_for_touch):
        if not self.retries:
            raise Ctap2Error(Status.UV_BLOCKED)
        wait_for_touch()
        if self._reads:
            self.retries = UV_RETRIES
            return
        self.retries -= 1
        raise Ctap2Error(Status.UV_INVALID if self.retries else Status.UV_BLOCKED)

    def pin_was_right(self):
        """The PIN unlocks the sensor (6.5.2.3)."""
        self.retries = UV_RETRIES


class Plug:
    """Pulled out when `moment` comes: once, or for good."""

    def __init__(self, moment=None, for_good=False):
        self._moment = moment
        self._for_good = for_good
        self.gone = False

    def reach(self, moment):
        if moment != self._moment:
            return
        self._moment = None
        self.gone = self._for_good
        raise Unplugged
