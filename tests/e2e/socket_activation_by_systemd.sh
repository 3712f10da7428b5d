#!/bin/bash
# systemd holds the socket, the first shim starts vouchd, and the call that started it is answered.
. "$(dirname "$0")/lib.sh"
need systemd-socket-activate
make_key
start_key
start_sandbox
write_config
mkdir -m 0700 "$XDG_RUNTIME_DIR/vouch"

environment=()
for name in HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME ASAN_OPTIONS LSAN_OPTIONS; do
  [ -z "${!name:-}" ] || environment+=(-E "$name=${!name}")
done
(umask 0177 && exec systemd-socket-activate -l "$SOCKET" "${environment[@]}" "$BIN/vouchd") \
  </dev/null >>"$T/vouchd.log" 2>&1 &
AGENT_PID=$!
started+=("$AGENT_PID")
wait_until 10 test -S "$SOCKET" || fail "systemd-socket-activate did not bind the socket"
program() { basename "$(readlink "/proc/$AGENT_PID/exe")"; }
equal systemd-socket-activate "$(program)" "what runs before the first call"

refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
equal vouchd "$(program)" "what runs after the first call"
equal "$AGENT_PID" "$(status_json "d['agent']['pid']")" "the pid in status"

log_in
succeeds vouch-credential-process --role "$ROLE_ARN"

# The socket is systemd's: it must still be there when vouchd has ended.
stop_agent
equal 0 "$status" "exit code of vouchd"
[ -S "$SOCKET" ] || fail "vouchd removed a socket that it did not make"
