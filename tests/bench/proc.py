"""What Linux tells of a running process: its memory, and how often it woke up (proc(5))."""

import contextlib
import re
from pathlib import Path

KIB_PER_MB = 1024  # MB as everywhere in this project's budgets: 1024 kB


def rss_mb(pid):
    """Memory in RAM that is mapped into the process, shared libraries included."""
    return _number(Path(f"/proc/{pid}/status").read_text(), "VmRSS") / KIB_PER_MB


def pss_mb(pid):
    """The same, shared pages counted in proportion; None where only root may ask (vouchd is not dumpable)."""
    try:
        return _number(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss") / KIB_PER_MB
    except PermissionError:
        return None


def own_mb(pid):
    """What is the process's alone and was written: not the pages of programs and libraries. None as for `pss_mb`."""
    try:
        return _number(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Private_Dirty") / KIB_PER_MB
    except PermissionError:
        return None


def waits(pid):
    """{thread: how often it has waited and gone on since its start}: its voluntary context switches."""
    result = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            result[status.parent.name] = _number(status.read_text(), "voluntary_ctxt_switches")
    return result


def wake_ups(before, after):
    """How often the threads of a process woke up between two looks at its `waits`.

    A thread that has ended woke up at least once, to end; its count is lost.
    """
    ended = before.keys() - after.keys()
    return sum(count - before.get(thread, 0) for thread, count in after.items()) + len(ended)


def _number(text, name):
    return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])
