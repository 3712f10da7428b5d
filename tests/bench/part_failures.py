"""How fast a helper says no: nobody is logged in, and no agent is there. A build that calls it 500 times waits for it."""

from figures import Table, row_of
from part_start_to_exit import ANCHOR
from spawn import Command, interleaved

NAME = "failures"
RUNS, QUICK_RUNS = 1000, 150
NOT_LOGGED_IN, NO_AGENT = 2, 9  # exit codes


def measure(world, quick):
    with world.agent("failures") as agent:
        nowhere = world.env(VOUCH_SOCKET=world.temp / "nobody.sock")
        programs = {ANCHOR: Command([world.program("bench-noop")], world.env())}
        for name, words in _helpers(world).items():
            programs[f"{name}, not logged in"] = Command(words, agent.env(), NOT_LOGGED_IN)
            programs[f"{name}, no agent"] = Command(words, nowhere, NO_AGENT)
        times = interleaved(programs, QUICK_RUNS if quick else RUNS)
    rows = [row_of(name, "ms", samples, times[ANCHOR]) for name, samples in times.items()]
    return [Table(NAME, "From exec to exit, refused", ANCHOR, rows)]


def _helpers(world):
    return {
        "vouch-credential-process": [world.program("vouch-credential-process"), "--role", world.role],
        "vouch-exec-credential eks": [world.program("vouch-exec-credential"), "eks", "--cluster", world.cluster,
                                      "--region", world.region, "--role", world.role],
    }
