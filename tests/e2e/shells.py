#!/usr/bin/python3
"""Real shells on a pseudo-terminal: what the Tab key makes of a line, and what the prompt hook makes of the variables.

    shells.py SHELL

SHELL is bash, zsh or fish. VOUCHCTL is the path of vouchctl, ROLE the ARN of a role in ~/.aws/config, which has a profile
`two words`, too; alice@example.com is logged in, and is logged out at the end. BASH_COMPLETION, when set, is the
script of the package bash-completion. Exit code 1, with what the terminal showed, when something does not come.
"""
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import time

PATIENCE = 60  # seconds
AGAIN = 2  # seconds of silence: the Tab key waits for one second, the prompt for a quarter of one, then they do without
ESCAPES = re.compile(r"\x1b(\[[0-9;?=><]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[=>()][AB012]?)|[\r\x07\x08]")
KILL_LINE = "\x15"

START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"],
         "fish": ["fish", "--no-config", "-i", "--features", "no-query-term"]}


class Terminal:
    def __init__(self, shell):
        self.shell = shell
        self._shown = b""
        self._seen = 0
        pid, self._terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", PS1="> ", COLUMNS="200", LINES="50")
            os.execvp(START[shell][0], START[shell])

    def shown(self):
        return ESCAPES.sub("", self._shown.decode(errors="replace"))

    def expect(self, part, again=""):
        """`again`: typed as often as nothing happens for a while."""
        deadline = time.monotonic() + PATIENCE
        while (at := self.shown().find(part, self._seen)) < 0:
            if select.select([self._terminal], [], [], AGAIN)[0]:
                self._shown += os.read(self._terminal, 65536)
            elif time.monotonic() < deadline:
                self.write(again)
            else:
                sys.exit(f"{self.shell}: '{part}' did not come; the terminal shows:\n{self.shown()}")
        self._seen = at + len(part)

    def show(self, command, part):
        """A command, as often as it takes to show that."""
        self.write(f"{command}\n")
        self.expect(part, again=f"{command}\n")

    def write(self, keys):
        os.write(self._terminal, keys.encode())

    def run(self, command):
        """Waits for the end of a command, which may be a list of them."""
        self.write(f"{command}\n")
        self.write("echo end''-of-it\n")
        self.expect("end-of-it")

    def completes(self, typed, becomes):
        """The line, which is run as arguments of printf, after the Tab key."""
        self.write(KILL_LINE + "true " + "\n")
        self.write(typed + "\t")
        self.expect(typed)
        self.expect(becomes, again=KILL_LINE + typed + "\t")
        self.write(KILL_LINE)


def start(shell):
    terminal = Terminal(shell)
    program = shlex.quote(os.environ["VOUCHCTL"])
    if shell == "bash":
        if "BASH_COMPLETION" in os.environ:
            terminal.run(f". {shlex.quote(os.environ['BASH_COMPLETION'])}")
        terminal.run("bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'")
        terminal.run("PROMPT_COMMAND='mine=kept'")
        terminal.run(f'eval "$({program} init bash)"')
    elif shell == "zsh":
        terminal.run("autoload -Uz compinit && compinit -u -D; unsetopt zle_bracketed_paste; PROMPT_EOL_MARK=")
        terminal.run("other() { :; }; precmd_functions=(other)")
        terminal.run(f'eval "$({program} init zsh)"')
    else:
        terminal.run(f"{program} init fish | source")
    return terminal


def completions(shell):
    role = os.environ["ROLE"]
    terminal = start(shell)
    terminal.completes("vouchctl stat", "us ")
    terminal.completes("vouchctl exec --ro", "le ")
    terminal.completes(f"vouchctl exec --role {role[:18]}", role[18:])
    terminal.completes(f"vouch credential aws --role {role[:4]}", role[4:])
    terminal.completes(f"vouchctl exec --role={role[:18]}", role[18:])
    terminal.completes("vouchctl setup eks --region eu-cen", "tral-")
    terminal.completes("vouchctl status --format j", "son")
    terminal.completes("vouchctl exec -- basena", "me")
    terminal.completes("vouchctl exec --profile tw", "o\\ words")
    terminal.completes("vouchctl exec --profile 'tw", "o words'")
    for quote in ("", "'", '"'):
        typed = f"vouchctl exec --profile {quote}ev\t"
        terminal.write(typed)
        terminal.expect("evil", again=KILL_LINE + typed)
        terminal.write("\n")
        terminal.expect("no command given")
        if os.path.exists(os.environ["RUN_BY_A_NAME"]):
            sys.exit(f"{shell}: the name of a profile ran a command, after {quote or 'no quote'}")


def hook(shell):
    """Ends with nobody logged in."""
    terminal = start(shell)
    program = shlex.quote(os.environ["VOUCHCTL"])
    again = f"{program} init fish | source" if shell == "fish" else f'eval "$({program} init {shell})"'
    terminal.run(again)
    session = 'echo "<$VOUCH_AUTHENTICATED:$VOUCH_EMAIL>"'
    terminal.show(session, "\n<1:alice@example.com>")
    terminal.show('sh -c \'test "$VOUCH_EXPIRES_IN" -gt 25000 && echo exported\'\'-and-fresh\'', "exported-and-fresh")
    terminal.write("sh -c 'exit 3'\n")
    terminal.write("echo \"status=$status=\"\n" if shell == "fish" else "echo \"status=$?=\"\n")
    terminal.expect("status=3=")
    if shell == "bash":
        terminal.write('declare -p PROMPT_COMMAND | grep -o __vouch_prompt | wc -l | sed "s/^/hooks: /"\n')
        terminal.expect("hooks: 1")
        terminal.write('echo "mine: $mine"\n')
        terminal.expect("mine: kept")
    if shell == "zsh":
        terminal.write('echo "hooks: $precmd_functions"\n')
        terminal.expect("hooks: __vouch_prompt other\n")
    if shell != "fish":
        terminal.run("set -eu")
    terminal.run(f"{program} logout")
    terminal.write(session + "\n")  # once: at the very next prompt the session is gone
    terminal.expect("\n<0:>")


def without_terminal(shell):
    """A shell that is not interactive is told nothing and stays as it is."""
    program = shlex.quote(os.environ["VOUCHCTL"])
    script = f"{program} init fish | source" if shell == "fish" else f'set -eu; eval "$({program} init {shell})"'
    done = subprocess.run([START[shell][0], "-c", f"{script}; {script}; echo still here"], capture_output=True, text=True)
    if (done.returncode, done.stdout, done.stderr) != (0, "still here\n", ""):
        sys.exit(f"{shell} without a terminal: {done}")


if __name__ == "__main__":
    without_terminal(sys.argv[1])
    completions(sys.argv[1])
    hook(sys.argv[1])
