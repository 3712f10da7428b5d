#!/bin/bash
# SIGTERM with a call in flight: the call is answered or refused, not cut; vouchd ends with 0, soon, and takes its socket along.
. "$(dirname "$0")/lib.sh"
start_all
faults '{"sts": {"mode": "delay", "seconds": 2}}'

vouch-credential-process --role "$ROLE_ARN" >"$T/out" 2>"$T/err" </dev/null &
shim=$!
in_flight() { [ "$(count sts.AssumeRoleWithWebIdentity)" = 1 ]; }
wait_until 10 in_flight || fail "the call did not reach STS"

before=$SECONDS
stop_agent
equal 0 "$status" "exit code of vouchd"
[ $((SECONDS - before)) -le 8 ] || fail "vouchd took $((SECONDS - before)) s to end"
[ ! -e "$SOCKET" ] || fail "the socket is still there"

answer=0
wait "$shim" || answer=$?
if [ "$answer" -eq 0 ]; then
  contains "$T/out" '"Version": *1'
else
  [ ! -s "$T/out" ] || fail "a refused call printed something on stdout"
  equal 1 "$(wc -l <"$T/err")" "lines on stderr of the refused call"
fi
