"""Many helpers at once: of a role that is in the cache (warm), and of one that nobody has asked for before (cold).

Beside as many static no-ops, since to start a thousand processes takes its time, too. STS takes longer than that here, so that
all of a cold crowd wait for the one call of the first.
"""

import itertools
import json
import random
import tempfile
from pathlib import Path

from figures import Table, row_of
from spawn import Command, Failed, crowd

NAME = "crowds"
SIZES = (200, 1000)
ROUNDS, QUICK_ROUNDS = 10, 2
STS_SECONDS = 1.0
NOOP, WARM, COLD = "static no-op", "warm", "cold"


def measure(world, quick):
    cold_roles = _roles_never_asked_for(world)
    world.control("/faults", {"sts": {"mode": "delay", "seconds": STS_SECONDS}})
    try:
        return [_table(world, size, cold_roles, QUICK_ROUNDS if quick else ROUNDS) for size in SIZES]
    finally:
        world.control("/faults", {"sts": {"mode": "none"}})


def _roles_never_asked_for(world):
    """The sandbox knows roles Load-N of every N."""
    first = random.randrange(10**6, 10**9)
    return (f"{world.role.rpartition('/')[0]}/Load-{number}" for number in itertools.count(first))


def _table(world, size, cold_roles, rounds):
    walls, each = {name: [] for name in (NOOP, WARM, COLD)}, {name: [] for name in (NOOP, WARM, COLD)}
    calls = []
    world.output(_helper(world, world.role).words)  # fills the cache
    for _ in range(rounds):
        for name in random.sample(sorted(walls), len(walls)):
            role = next(cold_roles) if name == COLD else world.role
            command = Command([world.program("bench-noop")], world.env()) if name == NOOP else _helper(world, role)
            before = _sts_calls(world, role)
            wall, latencies = _crowd(world, command, size, answers=name != NOOP)
            walls[name].append(wall)
            each[name] += latencies
            if name == COLD:
                calls.append(_sts_calls(world, role))
                if not calls[-1]:
                    raise Failed("STS was not asked for a cold role")
            elif _sts_calls(world, role) != before:
                raise Failed(f"STS was called for a {name} crowd")
    rows = [row_of(f"{name}: until the last has ended", "ms", walls[name], walls[NOOP]) for name in walls]
    rows.append(row_of("cold: what is above the latency of STS", "ms", [wall - STS_SECONDS * 1000 for wall in walls[COLD]]))
    rows += [row_of(f"{name}: each", "ms", each[name], each[NOOP]) for name in each]
    rows.append(row_of("cold: calls of STS", "calls", [max(calls)]))  # the worst round
    notes = [f"the latency of STS is {STS_SECONDS * 1000:.0f} ms, told to the sandbox",
             "ratios of “each” are of the no-op's “each”"]
    return Table(f"crowds_{size}", f"{size} at once", rows[0].name, rows, notes)


def _helper(world, role):
    return Command([world.program("vouch-credential-process"), "--role", role], world.env())


def _sts_calls(world, role):
    return world.count(f"sts.AssumeRoleWithWebIdentity@{role.rpartition('/')[2]}")


def _crowd(world, command, size, answers):
    """spawn.crowd, which has seen every exit code; with `answers` each has printed the same credential."""
    with tempfile.TemporaryDirectory(dir=world.temp) as folder:
        wall, latencies = crowd(command, size, folder)
        texts = [path.read_text() for path in Path(folder).iterdir()]
    if len(texts) != size or len(latencies) != size:
        raise Failed(f"{len(latencies)} of {size} were started")
    if answers and (len(set(texts)) != 1 or not json.loads(texts[0])["AccessKeyId"].startswith("ASIA")):
        raise Failed(f"not all {size} of {command} have the same credential")
    return wall, latencies
