"""Clocks that are wrong, jump, or go on while the machine sleeps; and an outage that lasts longer than a renewal may wait.

vouchd's own clock is moved by libfaketime, for what nobody could tell it by a `Date` header: lines are skipped without it.
"""

import json
import subprocess
import urllib.error
import urllib.request
import ssl

from home import Home
from table import Promise, check
from upstream import SDK_LOOPS_BELOW

HOUR = 3600
AT_ONCE = 1.5  # seconds: no network is needed to say that a session is over
AHEAD, BEHIND = "clock 10 min slow", "clock 10 min fast"
SUSPEND = ["suspend of 2 h", "suspend of 9 h"]
OUTAGES = {"STS: 10 min of outage": "sts", "Vouch: 10 min of outage": "vouch"}
STEPS, STEP, BEFORE = 12, 60, 35 * 60  # the outage begins with 25 minutes left and ends with 13


def run_skews(binaries, wanted, callers):
    """The far end is ahead of this machine, or behind."""
    for name in wanted:
        skew = 600 if name == AHEAD else -600
        with Home(binaries, skew=skew) as home:
            role = home.new_role()
            outcomes = home.ask(role, callers)
            promise = Promise(served=callers, vouch=(1, 2), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
            yield check(name, "since the login", outcomes, home.calls(role), promise, home.far_now(), _token_works(home, role))
            home.set_skew(0)
            role = home.new_role()
            outcomes = home.ask(role, callers)
            yield check(name, "then set right", outcomes, home.calls(role), promise, home.far_now(), _token_works(home, role))


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


def run_suspends(binaries, wanted, callers):
    for name in wanted:
        with Home(binaries, faketime=True) as home:
            role = home.new_role()
            home.ask(role, 2)
            home.reset()
            if name == SUSPEND[0]:
                yield _session_lives(home, role, callers)
            else:
                yield from _session_is_over(home, role, callers)


def _session_lives(home, role, callers):
    """The credential ended while nobody looked: the first who ask get a new one."""
    home.suspend(2 * HOUR)
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    return check(SUSPEND[0], "after it", outcomes, home.calls(), promise, home.far_now())


def _session_is_over(home, role, callers):
    home.suspend(9 * HOUR)
    outcomes = home.ask(role, callers)
    yield check(SUSPEND[1], "after it", outcomes, home.calls(),
                Promise(refused=callers, reason="session_expired", seconds=AT_ONCE))
    home.log_in()
    home.reset()
    outcomes = home.ask(role, callers)
    promise = Promise(served=callers, vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW)
    yield check(SUSPEND[1], "after a login", outcomes, home.calls(), promise, home.far_now())


def run_outages(binaries, wanted, callers):
    """Ten minutes around the time at which the credential is renewed; callers come once a minute."""
    for name in wanted:
        service = OUTAGES[name]
        with Home(binaries, faketime=True) as home:
            role = home.new_role()
            home.ask(role, 1)
            home.jump(BEFORE)
            home.reset()
            home.fault(service, mode="status", code=503)
            outcomes = []
            for _ in range(STEPS):
                home.jump(STEP)
                outcomes += home.ask(role, max(2, callers // 4))
            most = 4 * STEPS  # the attempts of one flight a minute
            complaints = [] if home.degraded_reason(role) == "upstream" else ["status does not say degraded: upstream"]
            promise = Promise(served=len(outcomes), vouch=(1, most), sts=(1, most) if service == "sts" else (0, 0), keys=1,
                              seconds=3.2)
            yield check(name, "once a minute", outcomes, home.calls(), promise, also=complaints)
            home.fault(service)
            yield _after_outage(home, name, role, callers)


def _after_outage(home, name, role, callers):
    """The pause between two tries has grown to two minutes at most by then."""
    home.jump(2 * STEP)
    home.reset()
    first = home.ask(role, 1)  # waits for the renewal, which is due
    outcomes = first + home.ask(role, callers)
    complaints = [] if home.degraded_reason(role) is None else ["status still says that it is degraded"]
    promise = Promise(served=len(outcomes), vouch=(1, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW, seconds=3.2)
    return check(name, "2 min after it", outcomes, home.calls(), promise, home.far_now(), complaints)
