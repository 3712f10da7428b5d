"""A home of its own for one row of faults: the sandbox as the far end, a software key, vouchd with somebody logged in,
and the real shims as callers. Every process that is started here is ended by its pid.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
import urllib.request

from callers import Crowd

HERE = os.path.dirname(os.path.realpath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
PIN = "246810-canary-pin"
USER_ID = "8f14e45f-ceea-4e7a-9b1c-1f2d3c4b5a69"
WEB_IDENTITY, ID_TOKEN = "sts.AssumeRoleWithWebIdentity", "vouch.aws_token"
OF_THE_CALLER = ("LANG", "TZ", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")


class CannotStart(Exception):
    """The scene of a fault could not be set up; says which program and what it said."""


class Skip(Exception):
    """Something that this machine or this build lacks."""


def wait_until(seconds, condition, what):
    """The first true answer of `condition`; `CannotStart` after `seconds`, and one more look."""
    until = time.monotonic() + seconds
    late = False
    while not late:
        late = time.monotonic() >= until
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise CannotStart(f"not in {seconds} s: {what}")


_there = set()  # homes that have not been left
_closed = threading.Event()  # nothing is started any more
_compiling, _shift_clock = threading.Lock(), []  # the library's bytes, once they are there


def leave_all():
    """Ends what all homes have started, at once, for a report that is interrupted."""
    _closed.set()
    for home in list(_there):
        home.kill()
    for home in list(_there):
        shutil.rmtree(home.folder, ignore_errors=True)


def is_sanitized(program):
    """Whether a sanitizer watches a program; clang links its runtime into it."""
    code = pathlib.Path(program).read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


def sanitizer_of(program):
    """The path of the sanitizer's runtime that a program loads, as g++ links it; empty for none."""
    needs = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return next((line.split()[2] for line in needs.splitlines() if re.match(r"\s*lib[at]san\.so", line)), "")


def _compile(library):
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        raise Skip("no compiler for shift_clock.cpp here")
    subprocess.run([compiler, "-std=c++17", "-O1", "-fPIC", "-shared", "-o", library, f"{HERE}/shift_clock.cpp"], check=True)


class Home:
    """`binaries` is the folder with the programs under test. `tls`: the far end over https, so that its certificates
    can go bad. `movable`: vouchd's clocks can be moved. `keyring`: a session bus with an unlocked keyring. `skew`: by how
    many seconds the far end's clock is ahead, from the start."""

    def __init__(self, binaries, tls=False, movable=False, keyring=False, skew=0, sandbox_flags=()):
        self.binaries = binaries
        self._tls, self._keyring, self._flags = tls, keyring, tuple(sandbox_flags)
        self._started = []
        self._skew, self._passed, self._set_ahead = skew, 0, 0
        self._next_role = 0
        self.folder = tempfile.mkdtemp(prefix="vouch-faults.")
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "XDG_RUNTIME_DIR": f"{self.folder}/run",
                    **{name: os.environ[name] for name in OF_THE_CALLER if name in os.environ}}
        for name in ("run", "callers", ".config", ".config/vouch"):
            os.mkdir(f"{self.folder}/{name}", 0o700)
        self._preload = self._make_preload() if movable else ""

    def _make_preload(self):
        """What moves vouchd's clocks, for LD_PRELOAD."""
        library = f"{self.folder}/shift_clock.so"
        with _compiling:
            if not _shift_clock:
                _compile(library)
                _shift_clock.append(pathlib.Path(library).read_bytes())
        pathlib.Path(library).write_bytes(_shift_clock[0])
        runtime = sanitizer_of(f"{self.binaries}/vouchd")
        return f"{runtime}:{library}" if runtime else library  # a sanitizer's runtime wants to be the first

    def __enter__(self):
        _there.add(self)
        try:
            self._start_key()
            self._start_sandbox()
            self.set_skew(self._skew)
            if self._keyring:
                self._start_keyring()
            self._write_config()
            self.start_agent()
            self.log_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        _there.discard(self)
        for process in reversed(self._started):
            end(process)
        if os.environ.get("VOUCH_E2E_KEEP"):
            print(f"kept: {self.folder}", flush=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        for process in self._started:
            process.kill()

    # ---- programs ---------------------------------------------------------------------------------------------------

    def _start(self, name, command, env=None, stdin=subprocess.DEVNULL):
        if _closed.is_set():
            raise CannotStart("interrupted")
        with open(f"{self.folder}/{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=stdin, stdout=log, stderr=log, env=env or self.env)
        self._started.append(process)
        return process

    def _said(self, name):
        with open(f"{self.folder}/{name}.log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def _wait_ready(self, name):
        wait_until(60, lambda: "ready" in self._said(name).split(), f"{name} is ready: {self._said(name)[-300:]}")

    def _start_key(self):
        softkey = f"{TESTS}/softkey/softkey"
        key = f"{self.folder}/key.json"
        made = subprocess.run([softkey, "create", "--file", key, "--rp-id", "vouch.test", "--user-id", USER_ID,
                               "--user-name", "alice@example.com", "--pin", PIN],
                              check=True, capture_output=True, env=self.env)
        with open(f"{self.folder}/user.json", "wb") as file:
            file.write(made.stdout)
        self._start("softkey", [softkey, "serve", "--file", key, "--socket", f"{self.folder}/key.sock"])
        self._wait_ready("softkey")
        self.env["VOUCH_FIDO_DEVICE"] = f"unix:{self.folder}/key.sock"

    def _start_sandbox(self):
        flags = [*(("--tls", "--sts-tls") if self._tls else ()), *self._flags]
        self._start("far_end", [f"{TESTS}/sandbox/vouch-sandbox", "--die-with-parent", "--dir",
                                f"{self.folder}/sandbox", "--user", f"{self.folder}/user.json", *flags])
        self._wait_ready("far_end")
        with open(f"{self.folder}/sandbox/sandbox.json", encoding="utf-8") as file:
            self.far_end = json.load(file)
        self.env["AWS_ENDPOINT_URL_STS"] = self.far_end["sts"]

    def _start_keyring(self):
        if not all(map(shutil.which, ("dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"))):
            raise Skip("no keyring here")
        self._start("bus", ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"])
        self.env["DBUS_SESSION_BUS_ADDRESS"] = wait_until(60, self._bus_address, "a session bus")
        with open(f"{self.folder}/password", "w+", encoding="ascii") as password:
            password.write("the keyring password")
            password.seek(0)
            self._start("keyring", ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
                        stdin=password)
        wait_until(60, lambda: "boolean true" in subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
             "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"],
            env=self.env, capture_output=True, text=True).stdout, "gnome-keyring on the bus")
        wait_until(60, self._takes_a_secret, "gnome-keyring takes a secret")

    def _takes_a_secret(self):
        """It has its name on the bus a moment before it is of use."""
        return subprocess.run(["timeout", "10", "secret-tool", "store", "--label=probe", "probe", "probe"], env=self.env,
                              check=False, input=b"x", capture_output=True).returncode == 0

    def _bus_address(self):
        return next((line for line in self._said("bus").splitlines() if line.startswith("unix:")), "")

    def _write_config(self):
        with open(f"{self.folder}/.config/vouch/vouchd.toml", "w", encoding="utf-8") as file:
            file.write(f'server = "{self.far_end["vouch"]}"\n[store]\nkeyring = {str(self._keyring).lower()}\n')
            if self._tls:
                file.write(f'[network]\nca_bundle = "{self.far_end["ca_file"]}"\n')

    def start_agent(self):
        env = dict(self.env)
        if self._preload:
            with open(f"{self.folder}/shift", "wb") as file:
                file.write(self._shift())
            env |= {"LD_PRELOAD": self._preload, "SHIFT_CLOCK_FILE": f"{self.folder}/shift"}
        self.agent = self._start("vouchd", [f"{self.binaries}/vouchd"], env)
        wait_until(60, self._answers, f"vouchd answers: {self._said('vouchd')[-300:]}")

    def suspend(self, seconds):
        """vouchd stands still while the clock goes on, as over a closed lid."""
        self.agent.send_signal(signal.SIGSTOP)
        self.pass_time(seconds)
        self.agent.send_signal(signal.SIGCONT)

    def connections(self):
        """How many callers vouchd has accepted and not let go."""
        with open("/proc/net/unix", encoding="utf-8") as file:
            return sum(fields[5] == "03" and fields[-1] == f"{self.folder}/run/vouch/vouchd.sock"
                       for fields in map(str.split, file) if len(fields) > 7)

    def _answers(self):
        if self.agent.poll() is not None:
            raise CannotStart(f"vouchd ended with {self.agent.returncode}: {self._said('vouchd')[-300:]}")
        return self.vouchctl("status").returncode in (0, 2)

    def kill_agent(self):
        self.agent.kill()
        self.agent.wait()

    def vouchctl(self, *words, stdin=""):
        return subprocess.run([f"{self.binaries}/vouchctl", *words], env=self.env, input=stdin, capture_output=True,
                              text=True, timeout=60)

    def log_in(self):
        done = self.vouchctl("login", stdin=PIN + "\n")
        if done.returncode != 0:
            raise CannotStart(f"login: {done.stderr.strip()}")

    def status(self):
        return json.loads(self.vouchctl("status", "--json").stdout)

    def degraded_reason(self, role):
        """Why the renewal of a role's credential failed; None for one that is in order or not there."""
        return next((one["degraded_reason"] for one in self.status()["credentials"] if one["role_arn"] == role), None)

    # ---- the far end ------------------------------------------------------------------------------------------------

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.far_end["control"] + path, data)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def fault(self, service, **fault):
        """Sets the fault of a service; without one it is well again."""
        self.control("/faults", {service: fault or {"mode": "none"}})

    def reset(self):
        self.control("/reset-counts", {})

    def calls(self, role=None):
        """How often the Vouch server and STS were asked for a credential: of a role, or in all; under "done" how often
        they gave one."""
        counts = self.control("/counts")
        suffix = f"@{role.rpartition('/')[2]}" if role else ""
        asked, done = ({name: counts.get(f"{operation}{suffix}{end}", 0)
                        for name, operation in (("vouch", ID_TOKEN), ("sts", WEB_IDENTITY))} for end in ("", ".ok"))
        return asked | {"done": done}

    def exchanges(self):
        """The same for Kubernetes tokens of the Vouch server, in all."""
        counts = self.control("/counts")
        asked, done = ({"vouch": counts.get(f"vouch.token_exchange{end}", 0), "sts": 0} for end in ("", ".ok"))
        return asked | {"done": done}

    # ---- time -------------------------------------------------------------------------------------------------------

    def far_now(self):
        """The far end's clock, Unix seconds."""
        return time.time() + self._skew

    def set_skew(self, seconds):
        """The far end's clock only. vouchd learns of it with the next answer."""
        self._skew = seconds
        self.control("/clock", {"skew_seconds": seconds})

    def pass_time(self, seconds):
        """For the far end and for vouchd, whose monotonic clock stands still, as over a suspend."""
        self._passed += seconds
        self.set_skew(self._passed)
        self._write_shift()

    def set_clock(self, ahead):
        """Somebody sets the clock of this machine to `ahead` seconds ahead of the true time; no time passes."""
        self._set_ahead = ahead
        self._write_shift()

    def _shift(self):
        return struct.pack("qq", self._passed + self._set_ahead, self._passed)

    def _write_shift(self):
        with open(f"{self.folder}/shift", "r+b") as file:  # in place: vouchd has mapped it
            file.write(self._shift())

    # ---- callers ----------------------------------------------------------------------------------------------------

    def new_role(self):
        """The ARN of a role that nobody asked for before."""
        self._next_role += 1
        return f"arn:aws:iam::123456789012:role/Load-{self._next_role}"

    def aws_call(self, role):
        return [f"{self.binaries}/vouch-credential-process", "--role", role, "--region", self.far_end["region"]]

    def eks_call(self, role):
        return [f"{self.binaries}/vouch-exec-credential", "eks", "--cluster-name", self.far_end["cluster"], "--region",
                self.far_end["region"], "--role", role]

    def kubernetes_calls(self, audience, number):
        """As many commands of kubectl for a cluster that trusts the Vouch server."""
        return [[f"{self.binaries}/vouch-exec-credential", "k8s", "--cluster", audience, "--audience", audience]] * number

    def callers_of(self, role, number):
        """As many commands, of aws and kubectl by turns."""
        return [(self.aws_call, self.eks_call)[turn % 2](role) for turn in range(number)]

    def crowd(self, commands):
        """Starts the commands at once."""
        folder = tempfile.mkdtemp(dir=f"{self.folder}/callers")
        env = {name: value for name, value in self.env.items() if name != "VOUCH_FIDO_DEVICE"}
        return Crowd(folder, commands, env)

    def ask(self, role, number):
        """The outcomes of as many callers at once."""
        return self.crowd(self.callers_of(role, number)).collect(self.far_now)


def end(process):
    """Ends a process by its pid, kindly if it lets us."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
