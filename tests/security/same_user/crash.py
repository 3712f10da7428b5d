#!/usr/bin/python3
"""Starts a program, lets it get to where it holds secrets, kills it by a signal, and tells whether the kernel wrote a core:
"core" or "no core" (WCOREDUMP of wait(2)).

    crash.py SIGNAL UNTIL COMMAND…     UNTIL: the path of a file, which is there then, or "reads": it has read the part
                                       of a line that it gets on standard input
"""

import array
import contextlib
import fcntl
import os
import resource
import signal
import subprocess
import sys
import termios
import time


def main():
    number, until, command = getattr(signal, f"SIG{sys.argv[1]}"), sys.argv[2], sys.argv[3:]
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    for _ in range(3):  # a helper gives up after 5 s, in which a busy machine may not let us kill it
        status = killed(number, until, command)
        if os.WIFSIGNALED(status):
            print("core" if os.WCOREDUMP(status) else "no core")
            return
    sys.exit(f"{command[0]} ended by itself: {status:#x}")


def killed(number, until, command):
    """How it ended, as wait(2) has it."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(until)
    read, write = os.pipe()  # so that who reads its standard input waits
    process = subprocess.Popen(command, stdin=read, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.write(write, b"1")
    end = time.monotonic() + 60
    while not (waiting_in(read) == 0 if until == "reads" else os.path.exists(until)) and not has_ended(process.pid):
        if time.monotonic() > end:
            process.kill()
            sys.exit(f"{command[0]} does not get there")
        time.sleep(0.05)
    os.kill(process.pid, number)
    _, status = os.waitpid(process.pid, 0)
    os.close(read)
    os.close(write)
    return status


def has_ended(pid):
    """And is left to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def waiting_in(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


if __name__ == "__main__":
    main()
