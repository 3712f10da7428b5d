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
is_logged() { [ "$(logged)" -ge 1 ]; }

# refused_fast START: a helper is refused within the time that starting it may take. A machine that is busy elsewhere may need
# three tries, each with a vouchd that START starts anew: one and the same raises no second notice within a minute.
refused_fast() {
  local try took
  for try in 1 2 3; do
    [ "$try" -eq 1 ] || stop_agent
    : >"$log"
    "$1"
    timed refused 2 'vouchctl login' vouch-credential-process --role "$ROLE_ARN"
    [ "$took" -ge 500 ] || return 0
  done
  fail "a refusal took $took ms"
}

# Not even an address that would start a program.
without_a_bus() { DBUS_SESSION_BUS_ADDRESS="unixexec:path=/usr/bin/touch,argv1=$T/started" start_agent; }
refused_fast without_a_bus
equal false "$(status_json "d['desktop_notices']")" "what status says without a bus"
wait_until 60 is_logged || fail "nothing in the log"
contains "$log" 'no desktop notices: there is no session bus'
[ ! -e "$T/started" ] || fail "vouchd started a program"
stop_agent
equal 1 "$(logged)" "lines in the log"

start_bus
refused_fast start_agent
wait_until 60 is_logged || fail "nothing in the log about the missing service"
contains "$log" 'no desktop notices: there is no notification service'
log_in # nothing to withdraw
succeeds vouchctl logout
stop_agent
equal 1 "$(logged)" "lines in the log"

# It hangs while the notice is raised, and the login that makes it untrue comes before it goes on.
with_a_service_that_hangs() {
  if [ -n "${SERVICE_PID:-}" ]; then  # one of an earlier try, with what it has not read yet
    kill -KILL "$SERVICE_PID"
    wait "$SERVICE_PID" || true
  fi
  start_notification_service
  start_agent
  kill -STOP "$SERVICE_PID"
}
refused_fast with_a_service_that_hangs
wait_until 60 is_logged || fail "nothing in the log about the service that hangs"
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
beside_the_service() {
  start_agent
  shown=$(notices 'len(n)')
}
refused_fast beside_the_service
notice_comes $((shown + 1))
kill -TERM "$SERVICE_PID" "$BUS_PID"
wait "$BUS_PID" || true
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
rm -f "$XDG_RUNTIME_DIR/bus"
succeeds vouchctl logout
stop_agent
equal 0 "$status" "exit code of vouchd"
