#!/usr/bin/python3
"""A person's day at a terminal, typed by this program and compared screen by screen. `terminal_day.sh` starts it.

    day.py --size 80x24 [--update] [--screens DIR]

The environment is that of the end-to-end scripts, with T, CONTROL_URL, ROLE_ARN, READER, REGION, CLUSTER, EKS_URL, PIN and
VERSION exported.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from screens import Screens  # noqa: E402
from terminal import STEP, Terminal, Timeout  # noqa: E402

LOGIN_PIN = "PIN of the security key: "
TOUCH = "Touch your security key…"
LATE = re.compile(r"did not (end|answer) in time|no answer in \d")
AS_OF = re.compile(r"As of [\d:]+")
SHORT = 9  # seconds of the session whose end is watched
FAILING = 45  # seconds of the credential whose renewal fails: it is renewed after thirty
SETTLES = 10  # seconds for a screen to be as it should be: a look may find it half drawn


class Day:
    """What happens from the first `setup` to the second login."""

    def __init__(self, terminal, screens, environment):
        self._terminal, self._screens, self._environment = terminal, screens, environment
        self._pin = environment["PIN"]
        self._touch = pathlib.Path(environment["T"], "touch")
        self._typed_pins = []
        self.window = terminal.window()

    # ---- the far end and the key ----

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._environment["CONTROL_URL"] + path, data=data,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def touch(self):
        self._touch.touch()

    def pin(self, text, window=None):
        """The question is on the screen, so the echo is off."""
        window = window or self.window
        shown = window.wait(lambda seen: seen.rstrip().endswith(LOGIN_PIN.rstrip()), "the question for the PIN")
        self._typed_pins.append(text)
        window.keys(text)
        window.press("Enter")
        return shown

    # ---- screens ----

    def screen(self, name, text, window=None, fits=True):
        """One of the day's screens. `fits`: none of its lines is longer than the terminal is wide."""
        window = window or self.window
        for pin in {self._pin, *self._typed_pins}:
            if pin in window.text(joined=False).replace("\n", "") or pin in text:
                raise AssertionError(f"a PIN is on the screen {name}")
        end = time.monotonic() + SETTLES
        while not self._screens.is_kept(name, text) and time.monotonic() < end:
            time.sleep(STEP)
            text = window.text()
        if fits and window.is_wrapped():
            self._screens.differences.append(f"{name}: a line is longer than {self._terminal.columns} columns:\n{text}")
        self._screens.check(name, text)

    def command(self, name, text, window=None, fits=True):
        """Runs a command and compares what it leaves on the screen."""
        self.screen(name, (window or self.window).run(text), window, fits)

    def diagnosis(self, name):
        """What doctor says. It waits for seconds only: a machine that is busy elsewhere may need a second look, or a third."""
        tries = 1
        while LATE.search(text := self.window.run("vouchctl doctor --quiet")) and tries < 3:
            tries += 1
        self.screen(name, text, fits=False)

    # ---- the person ----

    def login(self, name, pin, wrong=None):
        """`vouchctl login`, with a wrong PIN before the right one where that is given."""
        self.window.start("vouchctl login")
        self.pin(wrong or pin)
        self.window.wait_for(re.escape(TOUCH))
        if wrong:  # refused before any touch
            self.window.wait_for("^vouchctl: wrong PIN")
            self.pin(pin)
            self.window.wait(lambda text: text.count(TOUCH) == 2, "the second touch")
        if name:
            self.screen(f"{name}-touch", self.window.text(), fits=False)
        self.touch()
        shown = self.window.wait_for_prompt()
        if name:
            self.screen(name, shown, fits=False)

    def answer(self, question, text=""):
        """A question of `setup`, answered; Enter alone takes what it offers."""
        self.window.wait_for(f"{question}.*: ?$")
        self.window.keys(text)
        self.window.press("Enter")

    def approve(self):
        """What the person does in the browser."""
        self.window.wait_for("this code")
        code = next(one["user_code"] for one in self.control("/device")["codes"] if one["state"] == "pending")
        self.control("/device", {"user_code": code, "decision": "approve", "user": "alice@example.com",
                                 "hardware": False})

    # ---- the day ----

    def run(self):
        self.before()
        self.set_up()
        self.look()
        watch = self._terminal.window()
        self.watch(watch)
        self.outage(watch)
        self.expire(watch)
        self.log_in_again(watch)
        self.leave(watch)

    def before(self):
        self.command("status-before", "vouchctl status")

    def set_up(self):
        self.window.start("vouchctl setup --no-browser")
        self.answer("Vouch server")
        self.answer("login/enroll", "enroll")
        self.approve()
        self.pin(self._pin)
        self.window.wait_for(re.escape(TOUCH))
        self.touch()
        self.answer("ARN of your IAM role", self._environment["ROLE_ARN"])
        self.answer("AWS region", self._environment["REGION"])
        self.answer("Write it")
        self.answer("EKS cluster", self._environment["CLUSTER"])
        self.answer("region")
        self.screen("setup", self.window.wait_for_prompt(), fits=False)

    def look(self):
        self.command("status", "vouchctl status")
        if "\x1b[32mLogged in\x1b" not in self.window.text(color=True):
            raise AssertionError("status is not green where somebody is logged in")
        self.window.run("NO_COLOR=1 vouchctl status")
        if "\x1b" in self.window.text(color=True):
            raise AssertionError("NO_COLOR does not switch the colors off")
        self.command("kubectl", "kubectl get pods -o name")

    def watch(self, watch):
        watch.start("vouchctl status --watch")
        self.screen("watch", watch.wait_for("Press q"), watch)
        self.screen("watch-narrow", self.drawn_at(watch, self._terminal.columns - 30, self._terminal.rows - 8), watch)
        self.drawn_at(watch, self._terminal.columns, self._terminal.rows)

    def drawn_at(self, watch, columns, rows):
        """The screen of `status --watch` after a change of the size; the next second was drawn at that size only."""
        watch.resize(columns, rows)
        before = AS_OF.search(watch.wait_for(AS_OF.pattern))
        return watch.wait(lambda text: AS_OF.search(text) and AS_OF.search(text)[0] != before[0], "the next second")

    def outage(self, watch):
        """A credential whose renewal fails: handed out as long as it is good, and said so."""
        self.control("/seconds", {"sts": FAILING})
        self.window.run("vouchctl exec --role $READER --region $REGION -- true")
        watch.wait_for("VouchReader")
        self.control("/faults", {"sts": {"mode": "down"}})
        self.screen("watch-degraded", watch.wait_for("renewal failed"), watch)
        self.control("/faults", {"sts": {"mode": "none"}})

    def expire(self, watch):
        self.control("/seconds", {"session": SHORT, "sts": 3600})
        self.login("", self._pin)
        self.screen("watch-expired", watch.wait_for("Session expired"), watch)
        self.command("kubectl-expired", "kubectl get pods -o name", fits=False)
        self.command("aws-expired", "aws eks list-clusters --endpoint-url $EKS_URL --profile vouch", fits=False)
        self.diagnosis("doctor-expired")

    def log_in_again(self, watch):
        self.control("/seconds", {"session": 28800})
        self.login("login", self._pin, wrong="wrong-canary-pin")
        watch.wait_for("^Logged in")
        self.command("kubectl-again", "kubectl get pods -o name")
        self.screen("watch-recovered", watch.wait_for("VouchDeveloper"), watch)

    def leave(self, watch):
        watch.press("q")
        self.screen("watch-left", watch.wait_for_prompt(), watch)
        self.command("logout", "vouchctl logout", fits=False)
        self.command("status-after", "vouchctl status")


def main():
    parser = argparse.ArgumentParser(prog="day.py", description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="80x24", metavar="COLUMNSxROWS")
    parser.add_argument("--update", action="store_true", help="write the screens instead of comparing them")
    parser.add_argument("--screens", default=f"{HERE}/screens", metavar="DIR")
    options = parser.parse_args()
    columns, rows = (int(number) for number in options.size.split("x"))
    environment = dict(os.environ)
    names = [(environment["T"], "<folder>"), (environment["VOUCH_BIN_DIR"], "<bin>"),
             (environment["VERSION"], "<version>")]
    screens = Screens(f"{options.screens}/{options.size}", names, options.update)
    try:
        with Terminal(f"{environment['T']}/tmux.{options.size}", columns, rows, environment) as terminal:
            Day(terminal, screens, environment).run()
        screens.finish()
    except (Timeout, AssertionError) as error:
        print("\n".join(screens.differences), file=sys.stderr)
        print(f"day {options.size}: {error}", file=sys.stderr)
        return 1
    print("\n".join(screens.differences), file=sys.stderr, end="")
    print(f"day {options.size}: {len(screens.seen)} screens, {len(screens.differences)} differences")
    return 1 if screens.differences else 0


if __name__ == "__main__":
    sys.exit(main())
