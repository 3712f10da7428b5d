"""A terminal of a fixed size that a program types into and reads: tmux with a server of its own, and bash in it."""

import re
import subprocess
import time

STEP = 0.05  # seconds between two looks at the screen
PATIENCE = 60  # seconds
# The exit code of the last command stands before the prompt, so that it is part of what is compared.
PROMPT = re.compile(r"^\d+ \$$")
SHELL = ["bash", "--norc", "--noprofile", "-i"]


class Timeout(Exception):
    """What was waited for did not come; the text has the screen."""


def morning(now):
    """A time zone in which it is about 8 o'clock, so that neither a session nor a credential ends on another day."""
    return f"DAY{time.gmtime(now).tm_hour - 8:+d}"


class Terminal:
    """One tmux server with windows of `columns` x `rows`, each a shell. For one thread."""

    def __init__(self, socket, columns, rows, environment):
        self.columns, self.rows = columns, rows
        self._socket = socket
        # Nothing of the person who runs the test: no configuration, no history, the same locale.
        self._environment = {**environment, "PS1": "$? $ ", "LC_ALL": "C.UTF-8", "HISTFILE": "", "TERM": "xterm-256color"}
        self._environment["TZ"] = morning(time.time())
        self._windows = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        subprocess.run(self._command("kill-server"), check=False, stdin=subprocess.DEVNULL, capture_output=True)

    def _command(self, *words):
        return ["tmux", "-u", "-f", "/dev/null", "-S", self._socket, *words]

    def _tmux(self, *words):
        done = subprocess.run(self._command(*words), env=self._environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        if done.returncode != 0:
            raise RuntimeError(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def window(self):
        """A new window with a shell that waits for a command."""
        if self._windows == 0:  # a server that has no session yet takes no option
            pane = self._tmux("new-session", "-d", "-P", "-F", "#{pane_id}", "-x", str(self.columns), "-y", str(self.rows),
                              *SHELL)
            for option, value in (("status", "off"), ("default-size", f"{self.columns}x{self.rows}")):
                self._tmux("set", "-g", option, value)
        else:
            pane = self._tmux("new-window", "-d", "-P", "-F", "#{pane_id}", *SHELL)
        self._windows += 1
        window = Window(self, pane.strip())
        window.resize(self.columns, self.rows)
        window.wait_for_prompt()
        window.run("PS2=; HISTFILE=; set +o history; bind 'set enable-bracketed-paste off'")
        return window

    def tmux(self, *words):
        """Runs one command of tmux and gives what it printed."""
        return self._tmux(*words)


class Window:
    """One shell on the screen."""

    def __init__(self, terminal, pane):
        self._terminal, self._pane, self._columns = terminal, pane, terminal.columns

    def keys(self, text):
        """Types the text as it is."""
        self._terminal.tmux("send-keys", "-t", self._pane, "-l", text)

    def press(self, key):
        """One key by tmux's name: Enter, C-c, …"""
        self._terminal.tmux("send-keys", "-t", self._pane, key)

    def resize(self, columns, rows):
        """As when the person pulls at the window's corner."""
        self._columns = columns
        self._terminal.tmux("resize-window", "-t", self._pane, "-x", str(columns), "-y", str(rows))

    def text(self, joined=True, color=False):
        """All lines since the last `clear`, without the blanks at their ends. `joined`: a wrapped line is one line."""
        words = ["capture-pane", "-p", "-t", self._pane, "-S", "-"] + ["-J"] * joined + ["-e"] * color
        lines = [line.rstrip() for line in self._terminal.tmux(*words).splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines) + "\n"

    def is_wrapped(self):
        """Whether something did not fit into the terminal's width."""
        return any(len(line) > self._columns for line in self.text().splitlines())

    def wait(self, is_there, what, seconds=PATIENCE):
        """Looks at the screen until `is_there(text)`; gives that text. Raises Timeout."""
        deadline = time.monotonic() + seconds
        while True:
            text = self.text()
            if is_there(text):
                return text
            if time.monotonic() >= deadline:
                raise Timeout(f"{what} did not come within {seconds} s; the screen is\n{text}")
            time.sleep(STEP)

    def wait_for(self, pattern, seconds=PATIENCE):
        """Until the pattern (of `re`, lines by themselves) is on the screen."""
        expression = re.compile(pattern, re.MULTILINE)
        return self.wait(expression.search, repr(pattern), seconds)

    def wait_for_prompt(self):
        """Until the shell waits for the next command."""
        return self.wait(lambda text: PROMPT.match(text.rstrip("\n").rpartition("\n")[2]) is not None, "the prompt")

    def start(self, command):
        """Types a command on an empty screen and lets it run."""
        self.clear()
        self.keys(command)
        self.wait(lambda text: command in text, repr(command))
        self.press("Enter")

    def run(self, command):
        """A command from its start to the next prompt; gives the screen."""
        self.start(command)
        return self.wait_for_prompt()

    def clear(self):
        """An empty screen, nothing above it."""
        self.keys("clear")
        self.press("Enter")
        self.wait(lambda text: text == "0 $\n", "an empty screen")
        self._terminal.tmux("clear-history", "-t", self._pane)
