"""What a call costs as the agent holds more roles, and as more ask at the same time; and what the roles cost in memory."""

import json
import time

from figures import Row, Table, row_of
from proc import rss_mb
from programs import ECHO, cached, echo, question, samples
from spawn import Failed

NAME = "scale"
ROLES, QUICK_ROLES = (1, 100, 10_000), (1, 100, 1_000)
CALLERS = (1, 10, 100)
CALLS, QUICK_CALLS = 10_000, 2_000
SLICES, QUICK_SLICES = 10, 4  # of 0.2 s
CACHE_SAMPLES, QUICK_CACHE_SAMPLES = 200, 50
FETCHERS = 16  # connections that fill the cache; as many as keep the agent's eight workers busy


def measure(world, quick):
    with world.agent("scale", logged_in=True) as agent, echo(world) as (socket, _):
        targets = [f"echo={socket}", f"agent={agent.socket}"]
        _fill(world, agent, 1)
        callers = _callers(world, targets, QUICK_SLICES if quick else SLICES)
        roles = _roles(world, agent, targets, *((QUICK_ROLES, QUICK_CALLS) if quick else (ROLES, CALLS)))
    return [*roles, _cache(world, QUICK_CACHE_SAMPLES if quick else CACHE_SAMPLES), callers]


def _roles(world, agent, targets, sizes, calls):
    """The tables of the times and of the memory, of one agent that gets more and more roles."""
    rows, memory, notes = [], [], ["each ratio is of the plain server in the same run; its own row is from the last"]
    for size in sizes:
        begin = time.monotonic()
        _fill(world, agent, size)
        notes.append(f"{size} fetched from the sandbox in {time.monotonic() - begin:.1f} s")
        with cached(world):
            times = samples(world, ["bench-warm-call", *question(world), "--roles", size, "--calls", calls, *targets])
        rows.append(row_of(f"a call, roles cached: {size}", "us", times["agent"], times["echo"]))
        memory.append(Row(f"RSS, roles cached: {size}", "MB", rss_mb(agent.pid)))
    if sizes != ROLES:
        notes.append(f"--quick: {sizes[-1]} roles instead of {ROLES[-1]}")
    kilobytes = (memory[-1].p50 - memory[0].p50) * 1024 / (sizes[-1] - sizes[0])
    rows.insert(0, row_of(ECHO, "us", times["echo"], times["echo"]))
    return (Table("scale_roles", "A call for any of the roles that the agent holds", ECHO, rows, notes),
            Table("scale_memory", "Memory of the agent with these roles", None,
                  [*memory, Row("each further role", "kB", kilobytes)]))


def _fill(world, agent, roles):
    """Makes the agent hold Load-1 … Load-`roles`."""
    samples(world, ["bench-load", *question(world), "--roles", roles, "--calls", roles, "--connections",
                    min(roles, FETCHERS), f"agent={agent.socket}"])
    held = len(json.loads(world.output([world.program("vouchctl"), "status", "--json"], agent.env()))["credentials"])
    if held != roles:
        raise Failed(f"the agent holds {held} roles instead of {roles}")


def _cache(world, count):
    times = samples(world, ["bench-cache", count, *ROLES])
    rows = [row_of(f"{what}, roles: {size}", "us", times[f"{what} {size}"], times[f"{what} {ROLES[0]}"])
            for what in ("hit", "tick") for size in ROLES]
    return Table("scale_cache", "The cache by itself", rows[0].name, rows,
                 ["a tick is the renewer's look at all roles, every 30 s; ratios of ticks are of the tick with one role"])


def _callers(world, targets, slices):
    rows = []
    for callers in CALLERS:
        with cached(world):
            times = samples(world, ["bench-load", *question(world), "--roles", 1, "--connections", callers,
                                    "--slices", slices, *targets])
        rows.append(row_of(f"{ECHO}, callers: {callers}", "us", times["echo"], times["echo"]))
        rows.append(row_of(f"a call, callers: {callers}", "us", times["agent"], times["echo"]))
    return Table("scale_callers", "A call while others ask as fast as they can", rows[0].name, rows,
                 ["a ratio is of the plain server with as many callers"])
