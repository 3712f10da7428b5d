"""STS or the Vouch server fails in one way after another. The lines of a fault:

    old       a credential with 10 minutes left is in the cache, and its renewal fails: nobody may notice (design 5.3)
    nothing   there is none: the callers hear the right reason within their deadline, and it is remembered for 1 s
    after     the fault is over: both are served again, by one call each
    k8s       as nothing, for tokens of a cluster that trusts the Vouch server; and as after
    hiccup    one bad answer only, and nothing in the cache: a retry serves everybody (contracts 4.6)
"""

import dataclasses
import time

import pulse
import table
from home import CannotStart, Home, wait_until
from table import Promise, check

OLD_LEFT = 600  # seconds; below the 16 minutes at which callers wait for the renewal
LIFE = 3600
ATTEMPTS = {"sts": 3, "vouch": 4}  # contracts 4.6; protocol reference 1.0.4
SDK_LOOPS_BELOW = 900  # AWS SDKs run the helper on every call (design 5.2)
LONGEST_WAIT = 4.0  # 2 s for a caller who can be given the old one, and what a busy machine adds
AFTER, RENEWED = 4, 10  # seconds until the first is served when the fault is over, and until what is there is renewed
NO_KEY = ("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
          "documentation for requirements")
NO_IDP = "The identity provider could not be reached to verify the incoming identity token"


@dataclasses.dataclass(frozen=True)
class Fault:
    """`how` is what the sandbox is told; `reached` False for a fault that keeps requests from arriving; `once` False
    for one that cannot be had for one request."""

    name: str
    service: str
    how: dict
    reason: str
    reached: bool = True
    once: bool = True

    @property
    def hangs(self):
        return self.how["mode"] == "hang"


def _fault(name, service, mode, reason, reached=True, once=True, **more):
    return Fault(name, service, {"mode": mode, **more}, reason, reached, once)


FAULTS = (
    _fault("STS: 500", "sts", "status", "upstream", code=500),
    _fault("STS: throttle", "sts", "throttle", "rate_limited"),
    _fault("STS: IDPCommunicationError", "sts", "status", "upstream", code=400, error="IDPCommunicationError",
           message=NO_IDP),
    _fault("STS: verification key", "sts", "status", "upstream", code=400, error="InvalidIdentityToken",
           message=NO_KEY),
    _fault("STS: garbage XML", "sts", "garbage", "bad_answer"),
    _fault("STS: body cut", "sts", "truncate", "bad_answer"),
    _fault("STS: hang", "sts", "hang", "unreachable", once=False),
    _fault("STS: connection refused", "sts", "down", "unreachable", reached=False, once=False),
    _fault("STS: TLS failure", "sts", "bad_certificate", "unreachable", reached=False, once=False),
    _fault("Vouch: 500", "vouch", "status", "upstream", code=500),
    _fault("Vouch: throttle", "vouch", "throttle", "rate_limited"),
    _fault("Vouch: garbage", "vouch", "garbage", "bad_answer"),
    _fault("Vouch: body cut", "vouch", "truncate", "bad_answer"),
    _fault("Vouch: hang", "vouch", "hang", "unreachable", once=False),
    _fault("Vouch: connection refused", "vouch", "down", "unreachable", reached=False, once=False),
    _fault("Vouch: TLS failure", "vouch", "bad_certificate", "unreachable", reached=False, once=False),
)


def names(service):
    return [fault.name for fault in FAULTS if fault.service == service]


def run(binaries, wanted, callers):
    """The lines of the faults with these names, one after the other in one home."""
    with Home(binaries, tls=True, sandbox_flags=("--session-seconds", "864000")) as home:
        for fault in FAULTS:
            if fault.name in wanted:
                yield from Scene(home, fault, callers).lines()


class Scene:
    """One fault in a home; the roles of a scene are its own, so that no cached credential comes from another."""

    def __init__(self, home, fault, callers):
        self._home, self._fault, self._callers = home, fault, callers
        self._none, self._hiccup = home.new_role(), home.new_role()
        self._of_vouch = fault.service == "vouch"
        self._audience = self._none.rpartition("/")[2].lower()

    def lines(self):
        while not self._begin():
            self._home.fault(self._fault.service)
        began = time.monotonic()
        yield from self._during(began)
        before = {role: self._home.calls(role)["done"] for role in (self._old, self._none)}  # granted, so far
        self._home.fault(self._fault.service)
        yield from self._afterwards(before)
        if self._fault.once:
            yield self._hiccups()

    def _begin(self):
        """False where the renewer was faster than we, and renewed what was to be old."""
        self._make_old_credential()
        self._home.fault(self._fault.service, **self._fault.how)
        calls = self._home.calls(self._old)
        return calls["vouch"] == calls["sts"] == 0

    def _make_old_credential(self):
        """In the cache with `OLD_LEFT` to go: the far end's clock moves on, which an answer for another role tells."""
        self._home.set_skew(0)
        self._old = self._home.new_role()
        self._old_key = self._first_key(self._old)
        self._home.reset()
        self._home.set_skew(LIFE - OLD_LEFT)
        self._first_key(self._home.new_role())

    def _first_key(self, role):
        first = self._home.ask(role, 1)[0]
        if not first.served:
            raise CannotStart(f"{self._fault.name}: no credential before the fault: {first.line or first.wrong}")
        return first.served

    def _during(self, began):
        home, fault, number = self._home, self._fault, self._callers
        tokens = home.kubernetes_calls(self._audience, number) if self._of_vouch else []
        crowd = home.crowd(home.callers_of(self._old, number) + home.callers_of(self._none, number) + tokens)
        outcomes = crowd.collect(home.far_now)
        old, none, tokens = outcomes[:number], outcomes[number:2 * number], outcomes[2 * number:]
        again = [] if fault.hangs else self._ask_again()
        complaints = self._complaints(old)
        yield check(fault.name, "old", old, home.calls(self._old), self._promise_of_old(began), also=complaints)
        promise = self._promise_of_none(len(none + again), began)
        yield check(fault.name, "nothing", none + again, home.calls(self._none), promise)
        if self._of_vouch:
            promise = self._promise_of_none(number, began)
            promise.vouch = (promise.vouch[0], promise.vouch[1] + 1)  # the server may ask for a nonce first
            yield check(fault.name, "k8s", tokens, home.exchanges(), promise)

    def _ask_again(self):
        """A second wave right behind the first."""
        return self._home.ask(self._none, max(2, self._callers // 5))

    def _complaints(self, old):
        """The old credential has to be the one that was handed out, and status has to say why no newer one is there."""
        complaints = []
        if any(one.served not in ("", self._old_key) for one in old):
            complaints.append("a credential that nobody can have issued")
        if not self._fault.hangs:  # there it is known only when the last attempt is over
            try:
                wait_until(30, lambda: self._home.degraded_reason(self._old), "degraded")
            except CannotStart:
                return [*complaints, "status does not say that it is degraded"]
            reason = self._home.degraded_reason(self._old)
            if reason != self._fault.reason:
                complaints.append(f"status says degraded for {reason}")
        return complaints

    def _bounds(self, began):
        """The most calls to the Vouch server and STS for one key since `began`: a flight has its attempts, and the next
        may start 1 s after it has failed (half of that for a renewal, which is spread out)."""
        flights = 1 if self._fault.hangs else 1 + int((time.monotonic() - began) / 0.5)
        if not self._fault.reached:
            return (0, flights if self._fault.service == "sts" else 0), (0, 0)
        if self._fault.service == "vouch":
            return (1, ATTEMPTS["vouch"] * flights), (0, 0)
        return (1, flights), (1, ATTEMPTS["sts"] * flights)

    def _promise_of_old(self, began):
        vouch, sts = self._bounds(began)
        return Promise(served=self._callers, vouch=vouch, sts=sts, keys=1, seconds=LONGEST_WAIT)

    def _promise_of_none(self, number, began):
        vouch, sts = self._bounds(began)
        return Promise(refused=number, reason=self._fault.reason, vouch=vouch, sts=sts)

    def _afterwards(self, before):
        """As soon as one caller is served who had nothing, all are; by one call for each of the two keys, whose
        credentials are whole again."""
        home, fault = self._home, self._fault
        _, complaints = self._first(home.callers_of(self._none, 1), lambda outcome: outcome.served, AFTER)
        none = home.ask(self._none, self._callers)
        yield check(fault.name, "after, nothing", none, self._granted(self._none, before), self._promise_afterwards(),
                    home.far_now(), complaints)
        yield self._renewed(before)
        if self._of_vouch:
            yield self._tokens_afterwards()

    def _tokens_afterwards(self):
        home, number = self._home, self._callers
        _, complaints = self._first(home.kubernetes_calls(self._audience, 1), lambda outcome: outcome.served, RENEWED)
        tokens = home.crowd(home.kubernetes_calls(self._audience, number)).collect(home.far_now)
        promise = Promise(served=number, vouch=(1, 1), keys=1, seconds=LONGEST_WAIT)
        return check(self._fault.name, "after, k8s", tokens, home.exchanges()["done"], promise, also=complaints)

    def _granted(self, role, before):
        """What was granted since: the calls that were still on their way into the fault do not count."""
        done = self._home.calls(role)["done"]
        return {name: done[name] - before[role][name] for name in done}

    def _promise_afterwards(self):
        """The ID token may have come before the fault did."""
        return Promise(served=self._callers, vouch=(0, 1), sts=(1, 1), keys=1, left=SDK_LOOPS_BELOW,
                       seconds=LONGEST_WAIT)

    def _first(self, command, wanted, limit):
        """One caller after the other, until the outcome is as wanted, or has not been in time: the last outcome, and what
        there is to say against the time."""
        began, limit = time.monotonic(), limit * table.slack
        while True:
            outcome = self._home.crowd(command).collect(self._home.far_now)[0]
            now = time.monotonic()
            if now - began - pulse.stood_still(began, now) > limit:
                return outcome, [f"callers did not fare well again within {limit:.0f} s, but took {now - began:.1f}"]
            if wanted(outcome):
                return outcome, []
            time.sleep(0.1)

    def _renewed(self, before):
        home = self._home
        first, complaints = self._first(home.callers_of(self._old, 1),
                                        lambda outcome: outcome.served != self._old_key, RENEWED)
        if not first.served:
            complaints.append(f"refused while the old one is renewed: {first.line or first.wrong}")
        if home.degraded_reason(self._old):
            complaints.append("status still says that it is degraded")
        old = home.ask(self._old, self._callers)
        return check(self._fault.name, "after, old", old, self._granted(self._old, before), self._promise_afterwards(),
                     home.far_now(), complaints)

    def _hiccups(self):
        home, fault = self._home, self._fault
        home.reset()
        home.fault(fault.service, count=1, **fault.how)
        outcomes = home.ask(self._hiccup, self._callers)
        home.fault(fault.service)
        twice, once = (2, 2), (1, 1)
        promise = Promise(served=self._callers, vouch=twice if fault.service == "vouch" else once,
                          sts=twice if fault.service == "sts" else once, keys=1, left=SDK_LOOPS_BELOW)
        return check(fault.name, "hiccup", outcomes, home.calls(self._hiccup), promise, home.far_now())
