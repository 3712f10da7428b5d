"""Callers as aws and kubectl are: the real shims, many at once, each judged by its output, its exit code and its time."""

import base64
import calendar
import collections
import dataclasses
import json
import os
import re
import select
import signal
import time
import urllib.parse

import pulse

LONGEST_REPORT = 320  # bytes on stderr, as the other end-to-end scripts have it
TOKEN_PREFIX = "k8s-aws-v1."

# Reason -> exit code (protocol reference 6.4, 9 = no agent) and the words by which its line is known.
REASONS = {
    "agent_unreachable": (9, r"vouchd"),
    "session_expired": (2, r"session\b.*\bexpired"),
    "session_revoked": (2, r"session has ended|has ended your session|withdrawn your sign-in"),
    "not_logged_in": (2, r"not logged in"),
    "step_up_required": (7, r"security key"),
    "denied": (5, r"refused"),
    "rate_limited": (8, r"throttling|limiting"),
    "upstream": (4, r"failure of its own|cannot (reach|get the keys of) the Vouch server|verification key"),
    "bad_answer": (4, r"complete answer|cannot be read|answered with|is not|no answer that"),
    "unreachable": (4, r"cannot connect|in time|TLS connection"),
}


@dataclasses.dataclass
class Outcome:
    """How one caller fared. `seconds` from start to exit, for `stalled` of which the machine stood still; `served` is empty
    where it was refused, `reason` where it was served; `wrong` says what a caller must never see: a credential that is
    over, a hang, noise."""

    code: int
    seconds: float
    served: str = ""  # the access key id it was given, or what tells its token from others
    expires: float = 0.0  # Unix seconds, by the far end's clock
    is_token: bool = False  # of a cluster, which lives 14 minutes at most
    reason: str = ""
    line: str = ""
    wrong: str = ""
    stalled: float = 0.0


class Crowd:
    """Callers that were started together. `limit`: after so many seconds one that is still there is killed."""

    def __init__(self, folder, commands, env, limit=12.0):
        self._folder, self._limit = folder, limit
        self._running = {}
        self._done = {}
        self._poller = select.epoll()
        started = time.monotonic()
        for number, command in enumerate(commands):
            self._start(number, command, env)
            self._reap_ended(0)
        self.started_in = time.monotonic() - started  # seconds

    def _start(self, number, command, env):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   *((os.POSIX_SPAWN_OPEN, fd, self._file(number, fd), flags, 0o600) for fd in (1, 2))]
        began = time.monotonic()
        pid = os.posix_spawn(command[0], command, env, file_actions=actions)
        fd = os.pidfd_open(pid)
        self._poller.register(fd, select.EPOLLIN)
        self._running[fd] = (number, pid, began)

    def _file(self, number, fd):
        return f"{self._folder}/{number}.{fd}"

    def __len__(self):
        return len(self._running)

    def collect(self, far_now, since=0.0):
        """The outcomes, in the order of the commands. `far_now()` is the far end's clock, which judges a credential; the
        seconds count from `since` (monotonic) for those who were there before."""
        until = time.monotonic() + self._limit
        while self._running:
            left = until - time.monotonic()
            if left <= 0:
                self._kill()
            self._reap_ended(max(left, 0.1))
        self._poller.close()
        now = far_now()
        return [self._judge(number, code, max(began, since), end, now)
                for number, (code, began, end) in sorted(self._done.items())]

    def _reap_ended(self, timeout):
        for fd, _ in self._poller.poll(timeout):
            number, pid, began = self._running.pop(fd)
            self._poller.unregister(fd)
            os.close(fd)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            self._done[number] = (code, began, time.monotonic())

    def _kill(self):
        for _, pid, _ in self._running.values():
            os.kill(pid, signal.SIGKILL)

    def _judge(self, number, code, began, end, now):
        texts = []
        for fd in (1, 2):
            with open(self._file(number, fd), encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
            os.unlink(self._file(number, fd))
        outcome = judge(code, end - began, *texts, now)
        outcome.stalled = pulse.stood_still(began, end)
        return outcome


def judge(code, seconds, out, err, now):
    """The `Outcome` of one caller; `now` is the far end's clock."""
    if code < 0:
        return Outcome(code, seconds, wrong="hung and was killed" if code == -signal.SIGKILL else f"signal {-code}")
    if code == 0:
        return _served(code, seconds, out, err, now)
    outcome = Outcome(code, seconds, line=err.strip())
    outcome.reason = reason_of(code, outcome.line)
    if out:
        outcome.wrong = "refused, with something on stdout"
    elif err.count("\n") != 1 or len(err.encode()) > LONGEST_REPORT:
        outcome.wrong = "refused, without exactly one short line on stderr"
    return outcome


def _served(code, seconds, out, err, now):
    outcome = Outcome(code, seconds)
    try:
        answer = json.loads(out)
        outcome.served, outcome.expires = _credential_in(answer)
        outcome.is_token = "kind" in answer
    except (ValueError, KeyError, TypeError, IndexError) as error:
        outcome.wrong = f"exit code 0 without a credential ({type(error).__name__})"
        return outcome
    if err:
        outcome.wrong = "served, with something on stderr"
    elif outcome.expires <= now:
        outcome.wrong = f"served with a credential that ended {now - outcome.expires:.0f} s ago"
    return outcome


def _credential_in(answer):
    """What tells the credential from others, and the end, of what a shim printed (contracts 4.1 and 4.3)."""
    if answer.get("kind") == "ExecCredential":
        status = answer["status"]
        if not status["token"].startswith(TOKEN_PREFIX):  # of the Vouch server, a JWT
            _, _, signature = status["token"].split(".")
            return signature[:20], _seconds(status["expirationTimestamp"])
        text = status["token"].removeprefix(TOKEN_PREFIX)
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        scope = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["X-Amz-Credential"][0]
        return scope.split("/")[0], _seconds(status["expirationTimestamp"])
    if answer["Version"] != 1 or not answer["SecretAccessKey"] or not answer["SessionToken"]:
        raise ValueError("not version 1")
    return answer["AccessKeyId"], _seconds(answer["Expiration"])


def _seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def reason_of(code, line):
    """The name of the Reason behind an exit code and its line; "exit CODE" where none fits."""
    for name, (exit_code, words) in REASONS.items():
        if code == exit_code and re.search(words, line):
            return name
    return f"exit {code}"


def tally(outcomes):
    """How many were refused, by reason."""
    return dict(collections.Counter(one.reason for one in outcomes if not one.served and not one.wrong))
