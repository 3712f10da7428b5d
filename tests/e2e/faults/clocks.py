"""Clocks that are wrong, jump, or go on while the machine sleeps; and an outage that outlasts the time of a renewal.

Time passes for vouchd by shift_clock.cpp, for what no `Date` header could tell it: its clocks go on, and no timer fires.
"""

import json
import ssl
import subprocess
import urllib.request

from home import Home
from table import Promise, check
from upstream import LONGEST_WAIT, SDK_LOOPS_BELOW

HOUR = 3600
AT_ONCE = 2.5  # seconds: no network is needed to say that a session is over
MINUTES_OFF = {"clock 10 min slow": 600, "clock 10 min fast": -600}  # what the far end is ahead
SET = {"clock set 10 min ahead": 600, "clock set 10 min back": -600}
SET_BACK = "clock set 2 h back"
SHORT, LATE, LONG = "suspend of 2 h", "suspend of 2 h, network late", "suspend of 9 h"
SUSPEND = [SHORT, LATE, LONG]
OUTAGES = {"STS: 10 min of outage": "sts", "Vouch: 10 min of outage": "vouch"}
STEPS, STEP, BEFORE = 12, 60, 35 * 60  # the outage begins with 25 minutes left and ends with 13


def run_skews(binaries, wanted, callers):
    """The far end is ahead of this machine, or behind."""
    for name in wanted:
        with Home(binaries, skew=MINUTES_OFF[name]) as home:
            role = home.new_role()
            outcomes = home.ask(role, callers)
            promise = Promise(served=callers, vouch=(1, 2), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
            calls, against = home.calls(role), _token_works(home, role)
            yield check(name, "since the login", outcomes, calls, promise, home.far_now(), against)
            home.set_skew(0)
            role = home.new_role()
            outcomes = home.ask(role, callers)
            calls, against = home.calls(role), _token_works(home, role)
            yield check(name, "then set right", outcomes, calls, promise, home.far_now(), against)


def _token_works(home, role):
    """What the cluster has against the token of an EKS caller; the authenticator judges its time (contracts 4.4)."""
    made = subprocess.run(home.eks_call(role), env=home.env, capture_output=True, check=False)
    try:
        token = json.loads(made.stdout)["status"]["token"]
        request = urllib.request.Request(f"{home.far_end['k8s']}/api/v1/namespaces/default/pods",
                                         headers={"Authorization": f"Bearer {token}"})
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=home.far_end["ca_file"]))
        urllib.request.build_opener(urllib.request.ProxyHandler({}), tls).open(request, timeout=10).close()
    except (ValueError, KeyError, OSError) as error:
        return [f"the cluster did not take the token: {error}"]
    return []


def run_sets(binaries, wanted, callers):
    """Somebody sets the clock of this machine while vouchd runs and holds a credential; the far end's stays right."""
    for name in wanted:
        with Home(binaries, movable=True) as home:
            role = home.new_role()
            home.ask(role, 2)
            home.reset()
            if name == SET_BACK:
                yield _over_by_the_true_time(home, role, callers)
                continue
            home.set_clock(SET[name])
            outcomes = home.ask(role, callers)
            promise = Promise(served=callers, vouch=(0, 2), sts=(0, 1), left=SDK_LOOPS_BELOW)
            yield check(name, "with a credential", outcomes, home.calls(role), promise, home.far_now())
            role = home.new_role()
            outcomes = home.ask(role, callers)
            promise = Promise(served=callers, vouch=(1, 2), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
            calls, against = home.calls(role), _token_works(home, role)
            yield check(name, "nothing", outcomes, calls, promise, home.far_now(), against)


def _over_by_the_true_time(home, role, callers):
    """By the clock of this machine the credential has an hour left; it ended five minutes ago."""
    home.set_clock(-2 * HOUR)
    home.pass_time(65 * 60)
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 2), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    return check(SET_BACK, "65 min later", outcomes, home.calls(role), promise, home.far_now())


def run_suspends(binaries, wanted, callers):
    for name in wanted:
        with Home(binaries, movable=True) as home:
            role = home.new_role()
            home.ask(role, 2)
            home.reset()
            home.suspend((9 if name == LONG else 2) * HOUR)
            play = {SHORT: _session_lives, LATE: _network_is_late, LONG: _session_is_over}[name]
            yield from play(home, role, callers)


def _session_lives(home, role, callers):
    """The credential ended while nobody looked: the first who ask get a new one."""
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    yield check(SHORT, "after it", outcomes, home.calls(), promise, home.far_now())


def _network_is_late(home, role, callers):
    """Nothing can be handed out, and nothing is lost."""
    home.control("/faults", {service: {"mode": "down"} for service in ("vouch", "sts")})
    outcomes = home.ask(role, callers)
    yield check(LATE, "before the network", outcomes, home.calls(), Promise(refused=callers, reason="unreachable"))
    home.control("/faults", {service: {"mode": "none"} for service in ("vouch", "sts")})
    home.pass_time(2)  # a failure is remembered for 1 s
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    yield check(LATE, "after it", outcomes, home.calls(), promise, home.far_now())


def _session_is_over(home, role, callers):
    outcomes = home.ask(role, callers)
    yield check(LONG, "after it", outcomes, home.calls(),
                Promise(refused=callers, reason="session_expired", seconds=AT_ONCE))
    home.log_in()
    home.reset()
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    yield check(LONG, "after a login", outcomes, home.calls(), promise, home.far_now())


def run_outages(binaries, wanted, callers):
    """Ten minutes around the time at which the credential is renewed; callers come once a minute."""
    for name in wanted:
        service = OUTAGES[name]
        with Home(binaries, movable=True) as home:
            role = home.new_role()
            home.ask(role, 1)
            home.pass_time(BEFORE)
            home.reset()
            home.fault(service, mode="status", code=503)
            outcomes = []
            for _ in range(STEPS):
                home.pass_time(STEP)
                outcomes += home.ask(role, max(2, callers // 4))
            most = 4 * STEPS  # the attempts of one flight a minute
            complaints = [] if home.degraded_reason(role) == "upstream" else ["status does not say degraded: upstream"]
            promise = Promise(served=len(outcomes), vouch=(1, most), sts=(1, most) if service == "sts" else (0, 0),
                              keys=1, seconds=LONGEST_WAIT)
            yield check(name, "once a minute", outcomes, home.calls(), promise, also=complaints)
            home.fault(service)
            yield _after_outage(home, name, role, callers)


def _after_outage(home, name, role, callers):
    """The pause between two tries has grown to two minutes at most by then; the last try may succeed before we look."""
    home.pass_time(2 * STEP)
    home.reset()
    first = home.ask(role, 1)  # waits for the renewal, which is due
    outcomes = first + home.ask(role, callers)
    complaints = [] if home.degraded_reason(role) is None else ["status still says that it is degraded"]
    promise = Promise(served=len(outcomes), vouch=(0, 1), sts=(0, 1), keys=1, left=SDK_LOOPS_BELOW,
                      seconds=LONGEST_WAIT)
    return check(name, "2 min after it", outcomes, home.calls(), promise, home.far_now(), complaints)
