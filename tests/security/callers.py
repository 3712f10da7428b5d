#!/usr/bin/python3
"""callers.py COUNT ROLE_PREFIX PROGRAM…: COUNT helpers, eight at a time, every other one for a role of its own (ROLE_PREFIX and a
number), which nobody has asked for yet. Prints how many were not served and the seconds of the slowest."""
import concurrent.futures
import subprocess
import sys
import time


def one(command):
    start = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode:
        print(done.returncode, done.stderr.decode(errors="replace").strip(), file=sys.stderr)
    return done.returncode == 0, time.monotonic() - start


def main():
    count, prefix, *program = sys.argv[1:]
    commands = [program[:-1] + [f"{prefix}{i:03}" if i % 2 else program[-1]] for i in range(int(count))]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, commands))
    print(sum(not served for served, _ in results), f"{max(seconds for _, seconds in results):.2f}")


if __name__ == "__main__":
    main()
