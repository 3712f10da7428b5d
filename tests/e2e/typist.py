#!/usr/bin/python3
"""A person at a terminal: runs a command on a pseudo-terminal and answers what it asks.

    typist.py SCRIPT COMMAND…

Each line of SCRIPT is `what the screen shows => what is typed then`, in their order; `^C` is Ctrl-C, and an empty answer
is Enter alone. What the screen showed goes to standard output. Ends with the command's exit code (128 + signal when it was
killed), or with 99 when something did not come within 60 s, which is said on standard error.
"""
import os
import pty
import re
import select
import sys
import time

PATIENCE = 60  # seconds for each line of the script, and for the end
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    def __init__(self, terminal):
        self._terminal = terminal
        self._bytes = b""
        self._seen = 0  # up to here the script has been matched

    def text(self):
        return ESCAPES.sub("", self._bytes.decode(errors="replace")).replace("\r\n", "\n")

    def read_more(self, deadline):
        """False at the end of the command's output. Raises TimeoutError."""
        if not select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        try:
            got = os.read(self._terminal, 65536)
        except OSError:  # Linux's way to tell that the other side is closed
            got = b""
        self._bytes += got
        return bool(got)

    def wait_for(self, part):
        deadline = time.monotonic() + PATIENCE
        while (at := self.text().find(part, self._seen)) < 0:
            if not self.read_more(deadline):
                raise EOFError
        self._seen = at + len(part)


def play(screen, terminal, script):
    for line in script:
        part, answer = line.split(" =>", 1)
        answer = answer.strip()
        try:
            screen.wait_for(part)
        except (TimeoutError, EOFError) as error:
            raise AssertionError(f"'{part}' did not come ({type(error).__name__})") from None
        os.write(terminal, b"\x03" if answer == "^C" else answer.encode() + b"\n")
    deadline = time.monotonic() + PATIENCE
    while screen.read_more(deadline):
        pass


def main(script_file, command):
    with open(script_file, encoding="utf-8") as lines:
        script = [line.rstrip("\n") for line in lines if line.strip()]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    screen = Screen(terminal)
    failure = None
    try:
        play(screen, terminal, script)
    except (AssertionError, TimeoutError) as error:
        failure = f"{error or 'the command does not end'}"
        os.kill(pid, 9)
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    sys.stdout.write(screen.text())
    if failure:
        sys.stderr.write(f"typist: {failure}\n")
        return 99
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
