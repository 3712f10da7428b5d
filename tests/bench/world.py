"""What a part measures in: the programs, the far end on loopback, and the agent that `run` has started and logged in.

`run` hands it over in the environment, in variables that begin with VOUCH_BENCH_.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from spawn import Failed

PREFIX = "VOUCH_BENCH_"
NOT_LOGGED_IN = 2  # exit code of `vouchctl status`
START_SECONDS = 10
LONGEST_RUN_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class World:
    """`temp` is a folder to write into; `socket` is the one of the agent that is logged in."""

    bin: Path
    libexec: Path
    temp: Path
    socket: str
    role: str
    cluster: str
    region: str
    vouch_url: str
    sts_url: str
    eks_url: str
    cluster_url: str
    cluster_ca: Path
    control_url: str
    pin: str

    @classmethod
    def from_environment(cls):
        variables = {field.name: PREFIX + field.name.upper() for field in dataclasses.fields(cls)}
        missing = [variable for variable in variables.values() if not os.environ.get(variable)]
        if missing:
            raise Failed(f"start it by tests/bench/run: {missing[0]} is not set")
        value = {name: os.environ[variable] for name, variable in variables.items()}
        for path in ("bin", "libexec", "temp", "cluster_ca"):
            value[path] = Path(value[path])
        return cls(**value)

    @property
    def account(self):
        return self.role.split(":")[4]

    def program(self, name):
        """The path of a program under test, or of a bench-* program."""
        return self.bin / name

    # ---- the far end -------------------------------------------------------------------------------------------------

    def control(self, path, body=None):
        """What the sandbox's control port answers; with a body it is told, not asked. See tests/sandbox/control.py."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control_url + path, data, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def count(self, operation):
        """How often the sandbox served it, for example sts.AssumeRoleWithWebIdentity."""
        return self.control("/counts").get(operation, 0)

    # ---- programs ----------------------------------------------------------------------------------------------------

    def env(self, **changes):
        """The environment of a measured program; None takes a variable away."""
        result = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        result["VOUCH_SOCKET"] = self.socket
        for name, value in changes.items():
            result.pop(name, None)
            if value is not None:
                result[name] = str(value)
        return result

    def output(self, words, env=None, expect=0):
        """What a program prints; it must end with that exit code."""
        try:
            done = subprocess.run([str(word) for word in words], env=env or self.env(), stdin=subprocess.DEVNULL,
                                  capture_output=True, check=False, timeout=LONGEST_RUN_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"no end within {LONGEST_RUN_SECONDS} s: {' '.join(map(str, words))}") from late
        if done.returncode != expect:
            raise Failed(f"exit code {done.returncode} instead of {expect} from: {' '.join(map(str, words))}\n"
                         f"{done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    @contextlib.contextmanager
    def agent(self, name, logged_in=False, config=""):
        """A second vouchd in a home of its own, as an `Agent`; ended afterwards. `config` is added to its vouchd.toml."""
        home = self.temp / f"agent-{name}"
        home.mkdir(mode=0o700)
        agent = Agent(self, home, config)
        try:
            agent.start()
            if logged_in:
                agent.log_in()
            yield agent
        finally:
            agent.stop()
            shutil.rmtree(home)


class Agent:
    """A vouchd of our own; see World.agent. It keeps its session in memory only."""

    def __init__(self, world, home, config):
        self._world = world
        self._home = home
        self._process = None
        self.socket = str(home / "run" / "vouch" / "vouchd.sock")
        for folder in ("run", "config/vouch", "state"):
            (home / folder).mkdir(mode=0o700, parents=True)
        (home / "config/vouch/vouchd.toml").write_text(
            f'server = "{world.vouch_url}"\n\n[store]\nkeyring = false\n{config}')

    @property
    def pid(self):
        return self._process.pid

    def env(self, **changes):
        """The environment of a program that asks this agent."""
        places = {"HOME": self._home, "XDG_RUNTIME_DIR": self._home / "run", "XDG_CONFIG_HOME": self._home / "config",
                  "XDG_STATE_HOME": self._home / "state", "VOUCH_SOCKET": self.socket}
        return self._world.env(**{**places, **changes})

    def start(self):
        with open(self._home / "vouchd.log", "ab") as log:
            self._process = subprocess.Popen([self._world.program("vouchd")], env=self.env(VOUCH_SOCKET=None),
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise Failed(f"a second vouchd does not start:\n{(self._home / 'vouchd.log').read_text()[-800:]}")
            time.sleep(0.02)

    def _answers(self):
        if not os.path.exists(self.socket):
            return False
        done = subprocess.run([self._world.program("vouchctl"), "status"], env=self.env(), stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        return done.returncode in (0, NOT_LOGGED_IN)

    def log_in(self):
        done = subprocess.run([self._world.program("vouchctl"), "login"], env=self.env(),
                              input=self._world.pin.encode() + b"\n", capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(f"vouchctl login failed: {done.stderr.decode(errors='replace').strip()}")

    def stop(self):
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
