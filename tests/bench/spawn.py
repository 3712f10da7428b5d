"""Times processes from exec to exit. One that does not end as expected stops the bench: its time would mean nothing."""

import dataclasses
import os
import random
import shutil
import tempfile
import threading
import time

STDERR_SHOWN = 800  # bytes of a failed program's last words
POLL_SECONDS = 0.0002
FEWEST = 5  # runs of a slow program


class Failed(Exception):
    """A measured program did not do what it was measured for."""


@dataclasses.dataclass(frozen=True)
class Command:
    """`words` to run with `env` (None: this process's); `expect` is the exit code that makes it a measurement."""

    words: list
    env: dict | None = None
    expect: int = 0

    def __post_init__(self):
        words = [str(word) for word in self.words]
        program = shutil.which(words[0], path=(self.env or os.environ).get("PATH"))
        if program is None:
            raise Failed(f"no program {words[0]}")
        object.__setattr__(self, "words", [program] + words[1:])

    def __str__(self):
        return " ".join([os.path.basename(self.words[0])] + self.words[1:])


def interleaved(programs, runs, warm_up=5, slow_ms=None):
    """{name: [milliseconds]} of `runs` rounds, each in another order, so that a disturbance meets all of them.

    `programs` is {name: Command}. `warm_up` rounds before fill the page cache and are not counted. With `slow_ms`, a
    program that takes longer sits out so many rounds that it costs no more than that a round; it still runs FEWEST times.
    """
    times = {name: [] for name in programs}
    with _Sink() as sink:
        warm = {name: [sink.run(command) for _ in range(warm_up)] for name, command in programs.items()}
        every = {name: _stride(samples, runs, slow_ms) for name, samples in warm.items()}
        for turn in range(runs):
            taking_part = [name for name in programs if turn % every[name] == 0]
            for name in random.sample(taking_part, len(taking_part)):
                times[name].append(sink.run(programs[name]))
    return times


def _stride(samples, runs, slow_ms):
    """In how many rounds a program with such times runs once."""
    if slow_ms is None or not samples or min(samples) <= slow_ms:
        return 1
    return max(1, min(round(min(samples) / slow_ms), runs // FEWEST))


def crowd(commands, count=None, outputs=None):
    """Starts all at once: (milliseconds until the last has ended, [milliseconds of each from its start to its end]).

    `commands` is one Command to run `count` times, or a list of them. `outputs` is a folder that gets what each printed,
    in files named 0, 1, …; without it that goes to /dev/null. No other child of this process may end meanwhile.
    """
    commands = [commands] * count if isinstance(commands, Command) else list(commands)
    starts, ends = {}, {}
    with _Sink() as sink:
        reaper = threading.Thread(target=_reap, args=(len(commands), ends), daemon=True)  # no wait for it if a start fails
        begin = time.perf_counter_ns()
        reaper.start()
        for number, command in enumerate(commands):
            start = time.perf_counter_ns()
            starts[sink.start(command, outputs and os.path.join(outputs, str(number)))] = (start, command)
        reaper.join()
        for pid, (end, status) in ends.items():
            sink.judge(starts[pid][1], status)
    wall = max(end for end, _ in ends.values()) - begin
    return wall / 1e6, [(ends[pid][0] - start) / 1e6 for pid, (start, _) in starts.items()]


def _reap(count, ends):
    """Notes when each of `count` children ended. A pid is not given away again before it was waited for, which is here."""
    while len(ends) < count:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:  # the next has not been started
            time.sleep(POLL_SECONDS)
            continue
        ends[pid] = (time.perf_counter_ns(), status)


class _Sink:
    """Where the output goes: /dev/null, and a nameless file for the last words of a program that fails."""

    def __enter__(self):
        self._null = os.open(os.devnull, os.O_RDWR)
        self._stderr = tempfile.TemporaryFile()
        return self

    def __exit__(self, *_):
        os.close(self._null)
        self._stderr.close()

    def start(self, command, output=None):
        """The pid of the command, started."""
        actions = [(os.POSIX_SPAWN_DUP2, self._null, 0), (os.POSIX_SPAWN_DUP2, self._null, 1),
                   (os.POSIX_SPAWN_DUP2, self._stderr.fileno(), 2)]
        if output is not None:
            actions[1] = (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        env = os.environ if command.env is None else command.env
        return os.posix_spawn(command.words[0], command.words, env, file_actions=actions)

    def run(self, command):
        """Milliseconds from its start to its end."""
        begin = time.perf_counter_ns()
        _, status = os.waitpid(self.start(command), 0)
        elapsed = time.perf_counter_ns() - begin
        self.judge(command, status)
        return elapsed / 1e6

    def judge(self, command, status):
        code = os.waitstatus_to_exitcode(status)
        if code != command.expect:
            raise Failed(f"exit code {code} instead of {command.expect} from: {command}\n{self._last_words()}")

    def _last_words(self):
        self._stderr.seek(max(0, self._stderr.seek(0, os.SEEK_END) - STDERR_SHOWN))
        return self._stderr.read().decode(errors="replace").strip()
