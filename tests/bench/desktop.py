"""A session bus and a notification service without a screen, for a vouchd that has told the desktop something."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from spawn import Failed

SERVICE = Path(__file__).resolve().parent.parent / "e2e" / "notification-service"
START_SECONDS = 10
# It starts no services of its own: what answers is what we have started.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig><type>session</type>
 <listen>unix:path={socket}</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/>
 <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


def missing():
    """What is not installed of what a desktop takes; None when all is there."""
    if shutil.which("dbus-daemon") is None:
        return "dbus-daemon"
    gio = subprocess.run(["/usr/bin/python3", "-c", "from gi.repository import Gio"], capture_output=True, check=False)
    return "python3-gi" if gio.returncode != 0 else None


class Desktop:
    """A bus at its usual place in `runtime_folder`, and the service on it."""

    def __init__(self, runtime_folder):
        self._folder = Path(runtime_folder)
        self._log = self._folder / "notices.log"
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with self._stack as starting:
            socket, config = self._folder / "bus", self._folder / "bus.conf"
            config.write_text(CONFIG.format(socket=socket))
            self._start(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])
            _wait(socket.exists, "no session bus")
            self._start([SERVICE, "--log", self._log], {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}"})
            _wait(lambda: self._entries("ready"), "no notification service")
            self._stack = starting.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def wait_for_notice(self):
        """Until the service was told to show something."""
        _wait(lambda: "Notify" in self._entries("call"), "the notice does not come")

    def _entries(self, member):
        if not self._log.exists():
            return []
        entries = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [entry[member] for entry in entries if member in entry]

    def _start(self, words, env=None):
        process = self._stack.enter_context(subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL,
                                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self._stack.callback(process.terminate)


def _wait(condition, failure):
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(failure)
        time.sleep(0.02)
