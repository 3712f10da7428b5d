#!/bin/bash
# SIGTERM with a call in flight: the call is answered or refused, not cut; vouchd ends with 0, soon, and takes its socket along.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
in_flight() { [ "$(count sts.AssumeRoleWithWebIdentity)" -gt "$calls" ]; }

# An STS that is late, and one that vouchd does not wait for.
for delay in 2 60; do
  start_agent
  log_in
  calls=$(count sts.AssumeRoleWithWebIdentity)
  faults "{\"sts\": {\"mode\": \"delay\", \"seconds\": $delay}}"
  vouch-credential-process --role "$ROLE_ARN" >"$T/out" 2>"$T/err" </dev/null &
  shim=$!
  wait_until 60 in_flight || fail "the call did not reach STS"

  before=$SECONDS
  stop_agent
  equal 0 "$status" "exit code of vouchd"
  [ $((SECONDS - before)) -lt 30 ] || fail "vouchd took $((SECONDS - before)) s to end"
  [ ! -e "$SOCKET" ] || fail "the socket is still there"

  answer=0
  wait "$shim" || answer=$?
  if [ "$answer" -eq 0 ]; then
    equal 2 "$delay" "seconds that STS let an answered call wait"
    contains "$T/out" '"Version": *1'
  else
    [ ! -s "$T/out" ] || fail "a refused call printed something on stdout"
    equal 1 "$(wc -l <"$T/err")" "lines on stderr of the refused call"
  fi
  faults '{"sts": {"mode": "none"}}'
done
