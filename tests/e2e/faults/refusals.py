"""A no is not an outage (design 5.3): it is told at once, and a credential that is left of what was refused is not handed
out any more.

    old       a credential with 10 minutes left, so that the next caller makes vouchd ask
    nothing   nothing in the cache
    other     fresh credentials of another role
    after     what it takes has been done: a new login, or the account is there again
"""

import time

from home import Home
from table import Promise, check
from upstream import LIFE, OLD_LEFT, SDK_LOOPS_BELOW

AT_ONCE = 2.5  # seconds
REVOKED, DOWNGRADED = "Vouch: session revoked", "Vouch: hardware_required"
DEACTIVATED, DENIED, REJECTED = "Vouch: user deactivated", "STS: AccessDenied", "STS: IDPRejectedClaim"
NAMES = [REVOKED, DOWNGRADED, DEACTIVATED, DENIED, REJECTED]


def run(binaries, wanted, callers):
    with Home(binaries, sandbox_flags=("--session-seconds", "864000")) as home:
        for name in wanted:
            yield from SCENES[name](Scene(home, name, callers))


class Scene:
    def __init__(self, home, name, callers):
        self.home, self._name, self._callers = home, name, callers
        self._none = home.new_role()
        while not self._begin():
            pass
        home.reset()

    def _begin(self):
        """False where the renewer was faster than we, and renewed what was to be old."""
        self._old, self._other = self.home.new_role(), self.home.new_role()
        self.home.set_skew(0)
        self.home.ask(self._old, 1)
        self.home.reset()
        self.home.set_skew(LIFE - OLD_LEFT)
        self.home.ask(self._other, 1)  # tells vouchd the time, too
        return self.home.calls(self._old)["sts"] == 0

    def refused(self, reason, vouch, sts=(0, 0)):
        """Those who had an old credential, and those who had none; `vouch` and `sts` for each of the two keys."""
        home, number = self.home, self._callers
        began = time.monotonic()
        crowd = home.crowd(home.callers_of(self._old, number) + home.callers_of(self._none, number))
        both = crowd.collect(home.far_now)
        flights = 1 + int(time.monotonic() - began)  # a refusal is remembered for 1 s
        promise = Promise(refused=number, reason=reason, vouch=(vouch[0], vouch[1] * flights),
                          sts=(sts[0], sts[1] * flights), seconds=AT_ONCE)
        yield check(self._name, "old", both[:number], home.calls(self._old), promise)
        yield check(self._name, "nothing", both[number:], home.calls(self._none), promise)

    def other(self, **promise):
        self.home.reset()
        outcomes = self.home.ask(self._other, self._callers)
        return check(self._name, "other", outcomes, self.home.calls(), Promise(seconds=AT_ONCE, **promise))

    def other_served(self):
        return self.other(served=self._callers, keys=1)

    def other_refused(self, reason):
        return self.other(refused=self._callers, reason=reason)

    def served_again(self):
        """After a login, which is a session with caches of its own; or as soon as the failure is forgotten."""
        self.home.reset()
        outcomes = self.home.ask(self.home.new_role(), self._callers)
        promise = Promise(served=self._callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW, seconds=AT_ONCE)
        return check(self._name, "after", outcomes, self.home.calls(), promise, self.home.far_now())


def _revoked(scene):
    scene.home.control("/revoke-sessions", {})
    yield from scene.refused("session_revoked", vouch=(0, 1))  # whichever is told first ends the other's flight
    yield scene.other_refused("session_revoked")
    scene.home.log_in()
    yield scene.served_again()


def _downgraded(scene):
    scene.home.control("/downgrade-sessions", {})
    yield from scene.refused("step_up_required", vouch=(1, 1))
    yield scene.other_served()
    scene.home.log_in()
    yield scene.served_again()


def _deactivated(scene):
    scene.home.control("/deactivate-users", {})
    yield from scene.refused("denied", vouch=(1, 1))
    scene.home.control("/deactivate-users", {"active": True})
    yield scene.served_again()


def _denied(scene):
    scene.home.fault("sts", mode="access_denied")
    yield from scene.refused("denied", vouch=(1, 1), sts=(1, 1))
    yield scene.other_served()
    scene.home.fault("sts")
    yield scene.served_again()


def _rejected(scene):
    """The sign-in was withdrawn: the session is over, and a login is asked for (contracts 4.6)."""
    scene.home.fault("sts", mode="status", code=403, error="IDPRejectedClaim", message="Claim is invalid or revoked")
    yield from scene.refused("session_revoked", vouch=(0, 1), sts=(0, 1))
    yield scene.other_refused("session_revoked")
    scene.home.fault("sts")
    scene.home.log_in()
    yield scene.served_again()


SCENES = {REVOKED: _revoked, DOWNGRADED: _downgraded, DEACTIVATED: _deactivated, DENIED: _denied, REJECTED: _rejected}
