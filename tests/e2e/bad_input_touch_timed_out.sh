#!/bin/bash
# Nobody touches the key: the login ends by its own time limit, and the key is free again for the next one.
. "$(dirname "$0")/lib.sh"
make_key
start_key --touch never
start_sandbox
start_agent

before=$SECONDS  # without a limit of its own it would be half a minute
login_refused 3 '^vouchctl: nobody touched the security key in time; run vouchctl login' "$PIN" --timeout 2
[ $((SECONDS - before)) -lt 25 ] || fail "it took $((SECONDS - before)) s to give up"

end_process "$KEY_PID"
start_key
log_in
