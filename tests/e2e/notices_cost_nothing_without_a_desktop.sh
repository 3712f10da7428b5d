#!/bin/bash
# No bus, a bus without a notification service, one that hangs, one that goes away: vouchd serves as ever, says it once in its log,
# and starts nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
need_desktop
make_key
start_key
start_sandbox
log=$T/vouchd.log
logged() { grep -c 'no desktop notices' "$log"; }
is_logged() { [ "$(logged)" -ge "$1" ]; }

# refused_fast: a helper is refused within the time that starting it may take.
refused_fast() {
  local before after
  before=$(date +%s%3N)
  refused 2 'vouchctl login' vouch-credential-process --role "$ROLE_ARN"
  after=$(date +%s%3N)
  [ $((after - before)) -lt 500 ] || fail "a refusal took $((after - before)) ms"
}

# Not even an address that would start a program.
DBUS_SESSION_BUS_ADDRESS="unixexec:path=/usr/bin/touch,argv1=$T/started" start_agent
equal false "$(status_json "d['desktop_notices']")" "what status says without a bus"
refused_fast
wait_until 5 is_logged 1 || fail "nothing in the log"
contains "$log" 'no desktop notices: there is no session bus'
[ ! -e "$T/started" ] || fail "vouchd started a program"
stop_agent

start_bus
start_agent
refused_fast
wait_until 5 is_logged 2 || fail "nothing in the log about the missing service"
contains "$log" 'no desktop notices: there is no notification service'
log_in # nothing to withdraw
succeeds vouchctl logout
stop_agent
equal 2 "$(logged)" "lines in the log"

# It hangs while the notice is raised, and the login that makes it untrue comes before it goes on.
start_notification_service
start_agent
kill -STOP "$SERVICE_PID"
refused_fast
wait_until 5 is_logged 3 || fail "nothing in the log about the service that hangs"
contains "$log" 'no desktop notices: the notification service does not answer'
succeeds vouchctl status --help
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
sleep 1.5 # vouchd has waited for a second to withdraw it, and given up
kill -CONT "$SERVICE_PID"
notice_comes 1
succeeds vouchctl logout
stop_agent
notice_goes 1 # what was shown too late does not stay
no_offence

# A bus that goes away does not take vouchd with it, and the next one is used.
start_agent
refused_fast
notice_comes 2
kill -TERM "$SERVICE_PID" "$BUS_PID"
wait "$BUS_PID" || true
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
rm -f "$XDG_RUNTIME_DIR/bus"
succeeds vouchctl logout
stop_agent
equal 0 "$status" "exit code of vouchd"
