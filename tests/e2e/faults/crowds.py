"""Many callers at once who have nothing in the cache, and a vouchd that is killed while they wait.

They are started as fast as this machine can. For one key the far end holds its answer back meanwhile, for 2 s at most.
"""

import time

from home import CannotStart, Home, Skip, is_sanitized, wait_until
from table import Promise, check
from upstream import ATTEMPTS, SDK_LOOPS_BELOW

ONE, MANY, FAILING, KILLED = ("cold shims, 1 key", "cold shims, 50 keys", "cold shims, STS: 500",
                              "vouchd killed, 50 shims waiting")
KEYS = 50


def run_storms(binaries, wanted, crowd):
    number = crowd or (100 if is_sanitized(f"{binaries}/vouchd") else 1000)
    with Home(binaries) as home:
        for name in wanted:
            home.reset()
            yield {ONE: _one, MANY: _many, FAILING: _failing}[name](home, name, number)


def _who(crowd, number):
    return f"{number} in {crowd.started_in:.1f} s"


def _one(home, name, number):
    role = home.new_role()
    home.fault("sts", mode="delay", seconds=2)
    crowd = home.crowd(home.callers_of(role, number))
    home.fault("sts")
    outcomes = crowd.collect(home.far_now)
    promise = Promise(served=number, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    return check(name, _who(crowd, number), outcomes, home.calls(), promise, home.far_now())


def _many(home, name, number):
    roles = [home.new_role() for _ in range(KEYS)]
    commands = [command for turn in range(max(1, number // KEYS))
                for command in map((home.aws_call, home.eks_call)[turn % 2], roles)]
    home.fault("sts", mode="delay", seconds=0.2)
    crowd = home.crowd(commands)
    outcomes = crowd.collect(home.far_now)
    home.fault("sts")
    promise = Promise(served=len(commands), vouch=(KEYS, KEYS), sts=(KEYS, KEYS), keys=KEYS, left=SDK_LOOPS_BELOW)
    return check(name, _who(crowd, len(commands)), outcomes, home.calls(), promise, home.far_now())


def _failing(home, name, number):
    """A failure is remembered for 1 s: a storm of callers is no storm of calls (design 5.4)."""
    role = home.new_role()
    home.fault("sts", mode="status", code=500)
    began = time.monotonic()
    crowd = home.crowd(home.callers_of(role, number))
    outcomes = crowd.collect(home.far_now)
    home.fault("sts")
    flights = 1 + int(time.monotonic() - began)
    promise = Promise(refused=number, reason="upstream", vouch=(1, flights), sts=(1, ATTEMPTS["sts"] * flights))
    return check(name, _who(crowd, number), outcomes, home.calls(), promise)


def _waiting_crowd(home, number):
    """A role, and callers who wait for it all at once. The first give up after 5 s: a busy machine may need another try."""
    home.fault("sts", mode="hang")
    for _ in range(3):
        role = home.new_role()
        crowd = home.crowd(home.callers_of(role, number))
        try:
            wait_until(4, lambda: home.connections() >= number and home.calls(role)["sts"] == 1, "all wait")
            return role, crowd
        except CannotStart:
            crowd.collect(home.far_now)
    raise CannotStart(f"{number} callers do not wait at once")


def run_killed(binaries, wanted, callers):
    try:
        home = Home(binaries, keyring=True).__enter__()
        back = "after a restart"
    except Skip:
        home = Home(binaries).__enter__()
        back = "after a restart and a login"
    try:
        if back == "after a restart":  # a busy machine may need another try, half a minute later
            wait_until(150, lambda: home.status()["session_persists"], "the session is in the keyring")
        waiting = 12 if is_sanitized(f"{binaries}/vouchd") else 50  # as many as can be started before the first gives up
        role, crowd = _waiting_crowd(home, waiting)
        killed_at = time.monotonic()
        home.kill_agent()
        outcomes = crowd.collect(home.far_now, since=killed_at)
        yield check(wanted[0], "waiting", outcomes, home.calls(role), Promise(
            refused=waiting, reason="agent_unreachable", vouch=(1, 1), sts=(1, 1), seconds=2.0))
        home.fault("sts")
        home.reset()
        home.start_agent()
        if back.endswith("login"):
            home.log_in()
        else:
            wait_until(150, lambda: home.status()["store_problem"] is None, "the keyring is read")
        outcomes = home.ask(role, callers)
        yield check(wanted[0], back, outcomes, home.calls(), Promise(
            served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW), home.far_now())
    finally:
        home.__exit__()
