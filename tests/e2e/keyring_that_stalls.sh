#!/bin/bash
# A keyring that hangs, and a bus that hangs, cost a second once: at the start, at a login, at a logout. What needs no keyring does not
# wait at all.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring
write_config true

call_all() {
  succeeds vouchctl status --short
  succeeds vouch-credential-process --role "$ROLE_ARN"
  succeeds vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
}
restart() {
  kill_agent
  start_agent
}
answers_while() {  # answers_while PID: the longest round of calls until the process has ended, in $longest
  longest=0
  while kill -0 "$1" 2>/dev/null; do
    timed call_all
    [ "$took" -le "$longest" ] || longest=$took
  done
  wait "$1" || true
}
log_in_beside() {
  printf '%s\n' "$PIN" | "$BIN/vouchctl" login >"$T/login.out" 2>"$T/login.err"
}

# What everything takes now, without a stall.
start_agent
timed log_in
login=$took
call_all
timed call_all
timed restart
start=$took
call_all  # the session is back
timed vouchctl logout >/dev/null
logout=$took

for stalled in "$KEYRING_PID" "$BUS_PID"; do
  log_in
  call_all

  # A login: a second at most; all others are answered meanwhile. Ten calls a try; a machine that is busy elsewhere may take three.
  for try in 1 2 3; do
    restart
    call_all
    kill -STOP "$stalled"
    log_in_beside &
    answers_while "$!"
    kill -CONT "$stalled"
    [ "$longest" -gt 900 ] || break
  done
  [ "$longest" -le 900 ] || fail "a call waited $longest ms for the keyring of a login, in try $try"
  restart
  call_all
  kill -STOP "$stalled"
  timed log_in
  waits_once "$took" "$login" "a login"
  timed log_in
  waits_once "$took" "$((login - 1000))" "a second login, which is not to wait at all"
  timed vouchctl logout >"$T/out"
  waits_once "$took" "$((logout - 1000))" "a logout after the keyring was given up"
  contains "$T/out" 'still in it'
  kill -CONT "$stalled"

  # A logout that meets the stall first; and a start.
  restart
  log_in
  call_all
  kill -STOP "$stalled"
  timed vouchctl logout >"$T/out"
  waits_once "$took" "$logout" "a logout"
  contains "$T/out" 'still in it'
  timed restart
  waits_once "$took" "$start" "a start"
  refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
  equal file "$(status_json "d['store']")" "store while it hangs"
  contains <(status_json "d['store_problem']") 'did not answer within a second'
  kill -CONT "$stalled"
  restart
  refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
  holds_no_session || fail "the start did not remove the session that had ended"
done
