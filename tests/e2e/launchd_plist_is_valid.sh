#!/bin/bash
# The launchd agent that is installed on macOS: it parses; each key is one of launchd.plist(5), with the type and the meaning that
# it has there; it holds the socket that the programs look for, closed to others; it starts on demand and keeps nothing secret.
# And the judge says no to a list with one mistake.
. "$(dirname "$0")/lib.sh"
plist=${VOUCH_PLIST:?the configured property list}

cat >"$T/judge" <<'PYTHON'
import plistlib
import sys

# launchd.plist(5) of macOS 14, what of it can have a use here.
KEYS = {"Label": str, "ProgramArguments": list, "Sockets": dict, "ProcessType": str, "Umask": int, "HardResourceLimits": dict,
        "SoftResourceLimits": dict, "KeepAlive": (bool, dict), "RunAtLoad": bool, "ThrottleInterval": int, "ExitTimeOut": int,
        "EnvironmentVariables": dict, "StandardOutPath": str, "StandardErrorPath": str, "LimitLoadToSessionType": (str, list)}
SOCKET_KEYS = {"SockType": str, "SockPassive": bool, "SockPathName": str, "SockPathMode": int, "SockFamily": str}
LIMITS = {"Core", "CPU", "Data", "FileSize", "MemoryLock", "NumberOfFiles", "NumberOfProcesses", "ResidentSetSize", "Stack"}


def check(right, text):
    if not right:
        sys.exit(text)


def check_keys(what, table, known):
    for key, value in table.items():
        check(key in known, f"{what}: launchd knows no {key}")
        check(isinstance(value, known[key]), f"{what}: {key} has the wrong type")


with open(sys.argv[1], "rb") as f:
    agent = plistlib.load(f)
check_keys("agent", agent, KEYS)
check(agent["Label"] == "sh.vouch.vouchd", "label")
program = agent["ProgramArguments"]
check(len(program) == 1 and program[0].startswith("/") and program[0].endswith("/vouchd"), "started by its path, with no argument")
check(set(agent["Sockets"]) == {sys.argv[2]}, "the socket that vouchd asks launchd for, and no other")
socket = agent["Sockets"][sys.argv[2]]
check_keys("socket", socket, SOCKET_KEYS)
check(socket["SockFamily"] == "Unix" and socket["SockType"] == "stream", "a Unix stream socket")
check(socket["SockPathName"].startswith("__HOME__/") and socket["SockPathName"].endswith("/vouch/vouchd.sock"), "its path")
check(socket.get("SockPassive", True), "it listens")
check(socket["SockPathMode"] == 0o600, "a number in octal would be read as decimal: 384 is 0600")
check(agent["Umask"] == 0o077, "63 is 0077")
check(set(agent["HardResourceLimits"]) <= LIMITS and agent["HardResourceLimits"]["Core"] == 0, "no core")
check("KeepAlive" not in agent and not agent.get("RunAtLoad"), "the socket starts it; started again and again it would be a storm")
check(agent.get("ThrottleInterval", 10) >= 1, "a fault at the start must not become a storm")
check(agent.get("ProcessType") in ("Standard", "Background", "Adaptive", "Interactive"), "the kind of process")
check("EnvironmentVariables" not in agent, "what is in there any process of the user can read")
check("StandardOutPath" not in agent and "StandardErrorPath" not in agent, "a log of ours has no place there")
PYTHON
# The name under which vouchd asks for it; by another it gets none, and then binds what launchd has bound.
name=$(sed -nE 's/.*launch_activate_socket\("([^"]+)".*/\1/p' "$TESTS/../agent/server/activation_launchd.cpp")
[ -n "$name" ] || fail "no name in activation_launchd.cpp"
run "$PYTHON" "$T/judge" "$plist" "$name"
[ "$status" -eq 0 ] || fail "the property list is not right"

# refuses WHAT SED: a copy with one mistake.
refuses() {
  sed -E "$2" "$plist" >"$T/wrong.plist"
  ! cmp -s "$plist" "$T/wrong.plist" || fail "nothing was changed for: $1"
  run "$PYTHON" "$T/judge" "$T/wrong.plist" "$name"
  [ "$status" -ne 0 ] || fail "the judge takes $1"
}
refuses "a socket of another name" 's#<key>Listener</key>#<key>vouchd</key>#'
refuses "an open socket" 's#<integer>384</integer>#<integer>438</integer>#'
refuses "a mode in octal digits" 's#<integer>384</integer>#<integer>600</integer>#'
refuses "a loose umask" 's#<integer>63</integer>#<integer>18</integer>#'
refuses "a core" 's#<integer>0</integer>#<integer>1000</integer>#'
refuses "a key that launchd does not know" 's#<key>Umask</key>#<key>UMask</key>#'
refuses "a number as a text" 's#<integer>384</integer>#<string>384</string>#'
refuses "a restart for ever" 's#<key>ProcessType</key>#<key>KeepAlive</key><true/>&#'
refuses "a secret in the environment" 's#<key>ProcessType</key>#<key>EnvironmentVariables</key><dict><key>TOKEN</key><string>x</string></dict>&#'
refuses "a program by its name" 's#<string>/[^<]*/vouchd</string>#<string>vouchd</string>#'
refuses "what is no property list" 's#</plist>##'
