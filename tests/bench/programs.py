"""The C++ programs of this folder: runs one and reads its samples; and the plain gRPC server that they compare vouchd with."""

import contextlib
import subprocess

from spawn import Failed

ECHO = "plain gRPC server"
LONGEST_SECONDS = 900
STS_CALL = "sts.AssumeRoleWithWebIdentity"


def samples(world, words, env=None):
    """{name: [numbers]} of what a bench-* program prints (samples.h)."""
    done = subprocess.run([str(world.program(words[0]))] + [str(word) for word in words[1:]], env=env or world.env(),
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LONGEST_SECONDS)
    if done.returncode != 0:
        raise Failed(f"exit code {done.returncode} from {words[0]}: {done.stderr.decode(errors='replace').strip()}")
    series = dict(line.split("\t") for line in done.stdout.decode().splitlines())
    result = {name: [float(number) for number in numbers.split()] for name, numbers in series.items()}
    empty = [name for name, numbers in result.items() if not numbers]
    if empty or not result:
        raise Failed(f"{words[0]} measured nothing: {', '.join(empty)}")
    return result


def question(world):
    """The flags that say what the callers ask for."""
    return ["--role", world.role, "--sts", world.sts_url]


@contextlib.contextmanager
def cached(world):
    """Proves that what runs inside is answered from the cache: STS must not hear of it."""
    before = world.count(STS_CALL)
    yield
    if (calls := world.count(STS_CALL) - before) != 0:
        raise Failed(f"{calls} of the calls that should be cached went to STS")


@contextlib.contextmanager
def echo(world):
    """A plain gRPC server that runs until the end: (its socket, its pid)."""
    socket = world.temp / "echo.sock"
    with subprocess.Popen([world.program("bench-echo"), socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=world.env()) as server:
        try:
            if server.stdout.readline() != b"ready\n":
                raise Failed("bench-echo does not start")
            yield str(socket), server.pid
        finally:
            server.stdin.close()
            server.wait()
            socket.unlink(missing_ok=True)
