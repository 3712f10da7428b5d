#!/usr/bin/python3
"""Starts a program, lets it get to where it holds secrets, kills it by a signal, and tells whether the kernel wrote a core:
"core" or "no core" (WCOREDUMP of wait(2)).

    crash.py SIGNAL SECONDS|SOCKET COMMAND…     waits so long, or until that socket is there
"""

import os
import resource
import signal
import subprocess
import sys
import time


def main():
    number, until, command = getattr(signal, f"SIG{sys.argv[1]}"), sys.argv[2], sys.argv[3:]
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    read, write = os.pipe()  # so that who reads its standard input waits
    process = subprocess.Popen(command, stdin=read, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(until, process)
    process.send_signal(number)
    _, status = os.waitpid(process.pid, 0)
    os.close(write)
    if not os.WIFSIGNALED(status):
        sys.exit(f"{command[0]} ended by itself: {status:#x}")
    print("core" if os.WCOREDUMP(status) else "no core")


def wait_for(until, process):
    if not until.startswith("/"):
        time.sleep(float(until))
        return
    end = time.monotonic() + 10
    while not os.path.exists(until) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.1)


if __name__ == "__main__":
    main()
