"""For how long this machine stood still. A caller is not to blame for that: its limits are for what vouchd does.

A thread that does nothing but sleep notes when it is woken late. Programs that are busy, vouchd too, hold such a thread for
a tenth of a second or two; a machine that gets no time from its host holds it for as long as that lasts.
"""

import threading
import time

BEAT, NOTED = 0.02, 0.25  # seconds; a shorter delay is not noted

_stalls = []  # (from, until), monotonic
_due = [float("inf")]  # when the thread is to wake up


def start():
    """Once, for the whole process."""
    threading.Thread(target=_beat, daemon=True).start()


def _beat():
    while True:
        _due[0] = time.monotonic() + BEAT
        time.sleep(BEAT)
        now = time.monotonic()
        if now - _due[0] >= NOTED:
            _stalls.append((_due[0], now))


def stood_still(since, until):
    """The seconds between two times (monotonic) in which nothing went on here."""
    stalls, due, now = list(_stalls), _due[0], time.monotonic()
    if now - due >= NOTED and (not stalls or stalls[-1][0] != due):  # one that the thread has not noted yet
        stalls.append((due, now))
    return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in stalls)
