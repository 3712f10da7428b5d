#!/usr/bin/python3
"""callers.py COUNT AT_ONCE LIMIT ROLE_PREFIX PROGRAM…: COUNT helpers, AT_ONCE at a time, every other one for a role of its own
(ROLE_PREFIX and a number), which nobody has asked for yet. Who is served later than after LIMIT seconds, or ran out of its
own time, asks once more, for another role instead of its own; who is refused or cut off does not. Prints how many were not
served in the end, how many asked again, and the seconds of the slowest."""
import concurrent.futures
import subprocess
import sys
import time


def ask(command, limit):
    """Whether it was served in time, whether it was late, and the seconds."""
    start = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    seconds = time.monotonic() - start
    said = done.stderr.decode(errors="replace").strip()
    is_served = done.returncode == 0 and seconds <= limit
    if not is_served:
        print(f"{seconds:.2f} s", done.returncode, said, file=sys.stderr)
    return is_served, not is_served and (done.returncode == 0 or "in time" in said), seconds


def main():
    count, at_once, limit, prefix, *program = sys.argv[1:]
    first, second = ([program[:-1] + [f"{prefix}{i + base:03}" if i % 2 else program[-1]] for i in range(int(count))]
                     for base in (0, 500))

    def one(i):
        """The number of times it asked, whether it was served at last, and in how many seconds."""
        is_served, is_late, seconds = ask(first[i], float(limit))
        if not is_late:
            return 1, is_served, seconds
        is_served, _, seconds = ask(second[i], float(limit))
        return 2, is_served, seconds

    with concurrent.futures.ThreadPoolExecutor(int(at_once)) as pool:
        results = list(pool.map(one, range(int(count))))
    times, served, seconds = zip(*results)
    print(served.count(False), times.count(2), f"{max(seconds):.2f}")


if __name__ == "__main__":
    main()
