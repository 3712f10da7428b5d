#!/usr/bin/python3
"""Drives `vouchctl status --watch` on a pseudo terminal and sees what a person would see. Usage: pty_watch.py STEP; the steps
are the methods of Steps, the environment is that of the end-to-end scripts."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 60  # seconds


class Screen:
    """As much of a terminal as is used: the alternate screen, the cursor's home, line ends, erasing, hiding the cursor."""

    def __init__(self):
        self.alternate, self.cursor_shown, self.wraps, self.frames = False, True, True, 0
        self.lines, self._row, self._fresh, self._rest = [], 0, True, b""

    def feed(self, data):
        data, self._rest = self._rest + data, b""
        cut = re.search(rb"\x1b(\[[?0-9;]*)?$", data)
        if cut:
            data, self._rest = data[:cut.start()], data[cut.start():]
        for part in re.split(rb"(\x1b\[[?0-9;]*[A-Za-z]|\r+\n)", data):
            self._one(part)

    def _one(self, part):
        modes = {b"\x1b[?1049h": ("alternate", True), b"\x1b[?1049l": ("alternate", False),
                 b"\x1b[?25h": ("cursor_shown", True), b"\x1b[?25l": ("cursor_shown", False),
                 b"\x1b[?7h": ("wraps", True), b"\x1b[?7l": ("wraps", False)}
        if part in modes:
            setattr(self, *modes[part])
        elif part == b"\x1b[2J":
            self.lines = []
        elif part == b"\x1b[H":
            self._row, self._fresh = 0, True
        elif part.endswith(b"\r\n"):
            self._row, self._fresh = self._row + 1, True
        elif part == b"\x1b[J":
            if self._fresh:
                self._put("")
            del self.lines[self._row + 1:]
            self.frames += 1
        elif part == b"\x1b[K" and self._fresh:
            self._put("")  # an empty line
        elif part and not part.startswith(b"\x1b["):
            self._put(part.decode("utf-8", "replace"))

    def _put(self, text):
        if self._fresh:
            self.lines[self._row:self._row + 1] = [text]
        else:
            self.lines[self._row] += text
        self._fresh = False

    def text(self):
        return "\n".join(self.lines)


class Watched:
    """The program on a terminal of its own."""

    def __init__(self, *arguments, columns=80, rows=24, as_job=False):
        """As a job: of a parent that waits as a shell does, instead of alone on its terminal."""
        self.screen = Screen()
        self._as_job = as_job
        self._ours, self._theirs = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._theirs)
        environment = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
        self._process = subprocess.Popen(
            ["vouchctl", "status", "--watch", *arguments], stdin=self._theirs, stdout=self._theirs, stderr=subprocess.PIPE,
            env=environment, preexec_fn=self._take_terminal)

    def _take_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if not self._as_job:
            return
        job = os.fork()
        if job:
            os.closerange(3, 1024)
            _, status = os.waitpid(job, 0)
            os._exit(os.waitstatus_to_exitcode(status))
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
        os.tcsetpgrp(0, os.getpid())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTTOU])

    def _pid(self):
        pid = self._process.pid
        if not self._as_job:
            return pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return int(file.read().split()[0])

    def resize(self, columns, rows):
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self._ours, keys)

    def signal(self, number):
        os.kill(self._pid(), number)

    def is_raw(self):
        return not termios.tcgetattr(self._theirs)[3] & (termios.ECHO | termios.ICANON)

    def until(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition(self.screen):
            left = end - time.monotonic()
            if left <= 0 or not self._read(min(left, 0.1)) and self._process.poll() is not None:
                sys.exit(f"never seen: {what}; the last screen:\n{self.screen.text()}\n{self._stderr()}")

    def until_text(self, pattern, fits=lambda screen: True):
        """`fits`: of the same frame, the end of which may come a moment later."""
        self.until(pattern, lambda screen: re.search(pattern, screen.text(), re.M) and fits(screen))

    def _read(self, seconds):
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        self.screen.feed(os.read(self._ours, 65536))
        return True

    def _stderr(self):
        if self._process.poll() is None:
            self._process.kill()
        return self._process.communicate()[1].decode()

    def stopped(self):
        """Whether it is stopped now, as after Ctrl-Z."""
        with open(f"/proc/{self._pid()}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    def ends(self):
        """It ends well, and the terminal is what it was."""
        self._process.wait(timeout=PATIENCE)
        while self._read(0.2):
            pass
        errors = self._stderr()
        check(self._process.returncode == 0 and not errors, f"exit code {self._process.returncode}: {errors}")
        check(not self.screen.alternate, "the alternate screen is left on")
        check(self.screen.cursor_shown and self.screen.wraps, "the cursor is left hidden")
        check(termios.tcgetattr(self._theirs) == self.before, "the terminal's settings are not restored")


def check(condition, what):
    if not condition:
        sys.exit(what)


def tell(file):
    """Lets the script go on that waits for this file."""
    open(os.path.join(os.environ["T"], file), "w").close()


class Steps:
    """Each a story; the script plays the agent's part when it is told to."""

    def keys_and_sizes(self):
        watched = Watched()
        watched.until_text(r"^Logged in as alice@example.com until .*\n(.*\n)*\nAs of \d\d:\d\d:\d\d\. Press q to leave\.$")
        check(watched.is_raw() and watched.screen.alternate and not watched.screen.cursor_shown, "not a screen of its own")
        check(re.search(r"^CREDENTIAL +ACCOUNT +REGION", watched.screen.text(), re.M), "no table at 80 columns")
        before = watched.screen.text()
        watched.until("a second look", lambda screen: screen.text() != before)

        watched.resize(60, 24)
        watched.until_text(r"^VouchDeveloper +\d.* left$", lambda screen: max(map(len, screen.lines)) <= 60)
        watched.resize(80, 6)
        watched.until_text(r"^… \d+ more lines$", lambda screen: len(screen.lines) <= 6)
        watched.resize(100, 24)
        watched.until_text(r"^CREDENTIAL")
        watched.type(b"x")
        frames = watched.screen.frames
        watched.until("that other keys do nothing", lambda screen: screen.frames > frames)
        watched.type(b"q")
        watched.ends()

    def an_interval(self):
        """An hour between two looks: only a resize draws."""
        watched = Watched("--interval", "3600")
        watched.until_text(r"^Logged in")
        watched.resize(60, 20)
        watched.until_text(r"^VouchDeveloper +\d.* left$")
        check(watched.screen.frames <= 3, f"{watched.screen.frames} frames")
        watched.type(b"\x03")  # Ctrl-C
        watched.ends()

    def signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            watched = Watched()
            watched.until_text(r"^Logged in")
            watched.signal(number)
            watched.ends()

    def stop_and_go_on(self):
        watched = Watched(as_job=True)
        watched.until_text(r"^Logged in")
        watched.signal(signal.SIGTSTP)
        watched.until("the terminal given back", lambda screen: not screen.alternate and watched.stopped())
        check(termios.tcgetattr(watched._theirs) == watched.before, "stopped with the terminal's settings changed")
        watched.signal(signal.SIGCONT)
        watched.until("the screen again", lambda screen: screen.alternate and "Logged in" in screen.text())
        watched.type(b"q")
        watched.ends()

    def stop_where_nobody_could_go_on(self):
        """As under `xterm -e`: the kernel stops no program that no shell could wake."""
        watched = Watched()
        watched.until_text(r"^Logged in")
        frames = watched.screen.frames
        watched.type(b"\x1a")  # Ctrl-Z
        watched.until("that it goes on", lambda screen: screen.frames > frames and screen.alternate)
        check(not watched.stopped(), "stopped for good")
        watched.type(b"q")
        watched.ends()

    def restart(self):
        watched = Watched()
        watched.until_text(r"^Logged in")
        tell("end-the-agent")
        watched.until_text(r"^the agent is not running; start it with: .*\n\nWaiting for the agent\. Press q to leave\.$")
        tell("start-the-agent")
        watched.until_text(r"^Not logged in; run: vouchctl login$")
        tell("log-in")
        watched.until_text(r"^Logged in as alice@example.com")
        watched.type(b"q")
        watched.ends()

    def expiry(self):
        watched = Watched()
        watched.until_text(r"^Logged in")
        watched.until_text(r"^Time left .* [0-9]+ s of ")
        watched.until_text(r"^Session expired; run: vouchctl login$")
        watched.type(b"q")
        watched.ends()


if __name__ == "__main__":
    getattr(Steps(), sys.argv[1])()
