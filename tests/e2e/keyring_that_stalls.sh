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

# It waits for vouchd for a quarter of a second only.
short_status() { run vouchctl status --short && [ "$status" -eq 0 ] && [ ! -s "$T/err" ]; }
call_all() {
  wait_until 20 short_status || fail "status --short does not answer"
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

restart_well() {
  restart
  wait_until 150 logged_in || fail "the session is not back"
}

# What everything takes now, without a stall.
start_agent
timed log_in
login=$took
wait_until 150 session_is_kept || fail "the session is not in the keyring"
call_all
timed call_all
timed restart
start=$took
wait_until 150 logged_in || fail "the session is not back"
call_all
timed vouchctl logout >/dev/null
logout=$took

# Each is measured three times at most: a machine that is busy elsewhere takes longer.
for stalled in "$KEYRING_PID" "$BUS_PID"; do
  log_in_well
  call_all

  # A login: a second at most; all others are answered meanwhile. Ten calls a try.
  for try in 1 2 3; do
    restart_well
    call_all
    kill -STOP "$stalled"
    log_in_beside &
    answers_while "$!"
    kill -CONT "$stalled"
    [ "$longest" -gt 900 ] || break
  done
  [ "$longest" -le 900 ] || fail "a call waited $longest ms for the keyring of a login, in try $try"

  waits() {
    waits_once "$first" "$login" "a login"
    waits_once "$second" "$((login - 1000))" "a second login, which is not to wait at all"
    waits_once "$third" "$((logout - 1000))" "a logout after the keyring was given up"
  }
  for try in 1 2 3; do
    restart
    log_in_well
    call_all
    kill -STOP "$stalled"
    timed log_in
    first=$took
    timed log_in
    second=$took
    timed vouchctl logout >"$T/out"
    third=$took
    contains "$T/out" 'still in it'
    kill -CONT "$stalled"
    ! (waits) 2>/dev/null || break
  done
  waits

  # A logout that meets the stall first; and a start.
  waits() {
    waits_once "$first" "$logout" "a logout"
    waits_once "$second" "$start" "a start"
  }
  for try in 1 2 3; do
    restart
    log_in_well
    call_all
    kill -STOP "$stalled"
    timed vouchctl logout >"$T/out"
    first=$took
    contains "$T/out" 'still in it'
    timed restart
    second=$took
    refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
    equal file "$(status_json "d['store']")" "store while it hangs"
    contains <(status_json "d['store_problem']") 'did not answer within a second'
    kill -CONT "$stalled"
    ! (waits) 2>/dev/null || break
  done
  waits

  # A start that the keyring answers.
  for try in 1 2 3; do
    restart
    refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
    ! wait_until 20 holds_no_session || break
  done
  holds_no_session || fail "the start did not remove the session that had ended"
done
