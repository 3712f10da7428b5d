"""The agent itself: how fast it starts, what it takes while nothing happens, and whether its memory grows with its calls."""

import contextlib
import time

import desktop
from figures import Row, Table, row_of
from proc import own_mb, pss_mb, rss_mb, waits, wake_ups
from programs import ECHO, echo, question, samples

NAME = "daemon"
STARTS, QUICK_STARTS = 300, 40
IDLE_SECONDS, QUICK_IDLE_SECONDS = 60, 30  # vouchd looks at its credentials every 30 s
SETTLE_SECONDS = 3  # after the last call, before idleness counts
CALLS, QUICK_CALLS = 1_000_000, 50_000
CONNECTIONS, QUICK_CONNECTIONS = 50_000, 5_000
ECHO_CALLS, ECHO_CONNECTIONS = 100_000, 10_000  # at most: enough to see what gRPC itself does
CALLERS = 4
PARTS = 10  # in which the calls are made; the first, with the first use of everything, is not counted
BYTES_PER_MB = 1024 * 1024
NOT_LOGGED_IN = 2  # exit code
LOGGED_IN, NOTICE_SHOWN = "vouchd, logged in", "vouchd, a notice on the desktop"


def measure(world, quick):
    return [_starts(world, QUICK_STARTS if quick else STARTS), _idle(world, quick), _memory(world, quick)]


# ---- from nothing to the first answer --------------------------------------------------------------------------------


def _starts(world, starts):
    folder = world.temp / "cold-start"
    folder.mkdir(mode=0o700)
    with world.agent("start", logged_in=True) as agent:  # for its home, with what a login leaves in it
        times = samples(world, ["bench-cold-start", "--folder", folder, "--rounds", starts,
                                f"echo={world.program('bench-echo')}", f"agent={world.program('vouchd')}"],
                        agent.env(VOUCH_SOCKET=None))
    return Table("daemon_start", "Socket activation: from a shim's first connection to its answer", ECHO,
                 [row_of(name, "ms", [us / 1000 for us in times[key]], [us / 1000 for us in times["echo"]])
                  for name, key in ((ECHO, "echo"), ("vouchd", "agent"))])


# ---- while nothing happens -------------------------------------------------------------------------------------------


def _idle(world, quick):
    seconds = QUICK_IDLE_SECONDS if quick else IDLE_SECONDS
    notes = ["wake-ups are voluntary context switches of all threads"]
    notes += [f"--quick: wake-ups of {seconds} s, scaled to a minute"] if quick else []
    with contextlib.ExitStack() as stack:
        socket, echo_pid = stack.enter_context(echo(world))
        agent = stack.enter_context(world.agent("idle", logged_in=True))
        samples(world, ["bench-load", *question(world), "--calls", 100, f"echo={socket}", f"agent={agent.socket}"])
        pids = {ECHO: echo_pid, LOGGED_IN: agent.pid}
        if lacking := desktop.missing():
            notes.append(f"no figures of a vouchd that is connected to a desktop: no {lacking} here")
        else:
            pids[NOTICE_SHOWN] = stack.enter_context(_agent_with_notice(world)).pid
        time.sleep(SETTLE_SECONDS)
        woken = _woken_in(pids, seconds)
        rows = [row for name, pid in pids.items() for row in _memory_rows(name, pid, echo_pid)]
        notes.append("PSS: pages shared by the vouchd of this run are counted in part" if pss_mb(agent.pid) is not None
                     else "no PSS of vouchd: only root may ask for that of a program which is not dumpable")
    rows += [Row(f"{name}: wake-ups", "per minute", count * 60 / seconds) for name, count in woken.items()]
    return Table("daemon_idle", "Idle", f"{ECHO}: RSS", rows, notes)


@contextlib.contextmanager
def _agent_with_notice(world):
    """A vouchd without a session that has refused a helper, said so on the desktop, and stays connected to the bus."""
    with world.agent("notice") as agent, desktop.Desktop(agent.env()["XDG_RUNTIME_DIR"]) as screen:
        world.output([world.program("vouch-credential-process"), "--role", world.role], agent.env(), NOT_LOGGED_IN)
        screen.wait_for_notice()
        yield agent


def _woken_in(pids, seconds):
    before = {name: waits(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    return {name: wake_ups(before[name], waits(pid)) for name, pid in pids.items()}


def _memory_rows(name, pid, echo_pid):
    for what, of in (("RSS", rss_mb), ("PSS", pss_mb), ("of its own", own_mb)):
        megabytes = of(pid)
        if megabytes is not None:
            yield Row(f"{name}: {what}", "MB", megabytes, ratio=megabytes / of(echo_pid))


# ---- after many calls ------------------------------------------------------------------------------------------------


def _memory(world, quick):
    calls, connections = (QUICK_CALLS, QUICK_CONNECTIONS) if quick else (CALLS, CONNECTIONS)
    with world.agent("memory", logged_in=True) as agent, echo(world) as (socket, echo_pid):
        rows = [*_growths(world, "", agent.socket, agent.pid, calls, connections),
                *_growths(world, f"{ECHO}: ", socket, echo_pid, min(calls, ECHO_CALLS), min(connections, ECHO_CONNECTIONS))]
    return Table("daemon_memory", "Memory after many calls", None, rows,
                 [f"the calls are on {CALLERS} connections; each of the connections makes one call",
                  f"growth is the median of {PARTS - 1} parts: a leak is in each of them, what is taken once in one or two"])


def _growths(world, whose, socket, pid, calls, connections):
    target = f"server={socket}"
    yield from _growth(world, pid, ["bench-load", *question(world), "--connections", CALLERS, target, "--calls"], calls,
                       (whose, "calls"))
    yield from _growth(world, pid, ["bench-connect", *question(world), target, "--rounds"], connections,
                       (whose, "connections"))
    if not whose:  # vouchd answers the others before gRPC sees them
        yield from _growth(world, pid, ["bench-connect", *question(world), "--method", "GetPosture", target, "--rounds"],
                           min(connections, ECHO_CONNECTIONS), (whose, "connections to gRPC"))


def _growth(world, pid, words, count, names):
    """Memory before, after the first part and after all, and what each thing took; `names` are the process and the things."""
    whose, what = names
    megabytes = [rss_mb(pid)]
    for _ in range(PARTS):
        samples(world, [*words, count // PARTS])
        megabytes.append(rss_mb(pid))
    moments = {f"before the {what}": 0, f"after {count // PARTS} {what}": 1, f"after {count} {what}": PARTS}
    yield from (Row(f"{whose}RSS {moment}", "MB", megabytes[part]) for moment, part in moments.items())
    grown = [(after - before) * BYTES_PER_MB / (count // PARTS) for before, after in zip(megabytes[1:], megabytes[2:])]
    yield row_of(f"{whose}growth of the {what}", "B each", grown)
