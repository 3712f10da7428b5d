#!/bin/bash
# `vouchctl status --watch` on a terminal: right after a resize, a stop, the expiry of the session and a restart of vouchd, and the
# terminal is as before whatever ends it. Elsewhere it is refused.
. "$(dirname "$0")/lib.sh"
export T
start_all
succeeds vouch-credential-process --role "$ROLE_ARN"

step() { "$PYTHON" "$E2E/pty_watch.py" "$1" || fail "$1"; }
step keys_and_sizes
step an_interval
step signals
step stop_and_go_on
step stop_where_nobody_could_go_on

step restart &
watching=$!
started+=("$watching")
wait_until 60 test -e "$T/end-the-agent" || fail "the watch does not start"
stop_agent
wait_until 60 test -e "$T/start-the-agent" || fail "the watch does not see that vouchd is gone"
start_agent
wait_until 60 test -e "$T/log-in" || fail "the watch does not see that vouchd is back"
log_in
wait "$watching" || fail "the watch across a restart"
control /seconds '{"session": 20}' >/dev/null
log_in
step expiry

refused 6 'needs a terminal.*; .*vouchctl status --json' vouchctl status --watch
refused 6 'watch' vouchctl status --watch --json
refused 6 'interval' vouchctl status --interval 5
