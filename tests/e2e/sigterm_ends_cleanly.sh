#!/bin/bash
# SIGTERM with a call in flight: the call is answered or refused, not cut; vouchd ends with 0, soon, and takes its socket along.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
in_flight() { [ "$(count sts.AssumeRoleWithWebIdentity)" -gt "$calls" ]; }

# stopped_in_flight DELAY: while STS lets the call wait for so many seconds; what stopping took is in $took.
stopped_in_flight() {
  local delay=$1 shim answer=0
  start_agent
  log_in
  calls=$(count sts.AssumeRoleWithWebIdentity)
  faults "{\"sts\": {\"mode\": \"delay\", \"seconds\": $delay}}"
  vouch-credential-process --role "$ROLE_ARN" >"$T/out" 2>"$T/err" </dev/null &
  shim=$!
  wait_until 60 in_flight || fail "the call did not reach STS"

  timed stop_agent
  equal 0 "$status" "exit code of vouchd"
  [ ! -e "$SOCKET" ] || fail "the socket is still there"

  wait "$shim" || answer=$?
  if [ "$answer" -eq 0 ]; then
    equal 2 "$delay" "seconds that STS let an answered call wait"
    contains "$T/out" '"Version": *1'
  else
    [ ! -s "$T/out" ] || fail "a refused call printed something on stdout"
    equal 1 "$(wc -l <"$T/err")" "lines on stderr of the refused call"
  fi
  faults '{"sts": {"mode": "none"}}'
}

# An STS that is late, and one that vouchd does not wait for. A machine that is busy elsewhere may need three tries.
for delay in 2 60; do
  for _ in 1 2 3; do
    stopped_in_flight "$delay"
    [ "$took" -ge 8000 ] || break
  done
  [ "$took" -lt 8000 ] || fail "vouchd took $took ms to end"
done
