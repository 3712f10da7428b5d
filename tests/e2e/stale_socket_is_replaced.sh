#!/bin/bash
# A vouchd that was killed leaves its socket behind; the next one replaces it.
. "$(dirname "$0")/lib.sh"
make_key
start_sandbox
start_agent
kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null || true
[ -S "$SOCKET" ] || fail "there is no stale socket to test with"
run vouchctl status
equal 9 "$status" "exit code without an agent"

start_agent
run vouchctl status
equal 2 "$status" "exit code with the new agent, nobody logged in"
equal "600 700" "$(stat -c %a "$SOCKET") $(stat -c %a "$(dirname "$SOCKET")")" "modes of the socket and its folder"
