#!/bin/bash
# The launchd agent that is installed on macOS: it parses, and holds the socket that the programs look for.
. "$(dirname "$0")/lib.sh"
plist=${VOUCH_PLIST:?the configured property list}
run "$PYTHON" - "$plist" <<'PYTHON'
import plistlib
import sys

with open(sys.argv[1], "rb") as f:
    agent = plistlib.load(f)
assert agent["Label"] == "sh.vouch.vouchd", agent["Label"]
assert agent["ProgramArguments"][0].endswith("/vouchd") and agent["ProgramArguments"][0].startswith("/"), agent
socket = agent["Sockets"]["vouchd"]
assert socket["SockPathName"].endswith("/vouch/vouchd.sock"), socket
assert socket["SockPathMode"] == 0o600, socket
assert agent["HardResourceLimits"]["Core"] == 0, agent
assert agent["Umask"] == 0o077, agent
assert "KeepAlive" not in agent and not agent.get("RunAtLoad"), "the socket starts it"
PYTHON
[ "$status" -eq 0 ] || fail "the property list is not right"
