#!/bin/bash
# A storm of helpers with nothing in the cache: one call to Vouch, one to STS, everybody has the same answer.
. "$(dirname "$0")/lib.sh"
shims=200
! has_sanitizers || shims=50
make_key
start_key
start_sandbox
start_agent

storm() {
  local i pid pids=()
  log_in  # which empties the cache
  control /reset-counts '' >/dev/null
  faults '{"sts": {"mode": "delay", "seconds": 1}}'
  mkdir "$T/answers"
  : >"$T/shims.err"
  for ((i = 1; i <= shims; i++)); do
    "$BIN/vouch-credential-process" --role "$ROLE_ARN" >"$T/answers/$i" 2>>"$T/shims.err" </dev/null &
    pids+=($!)
  done
  failed=0
  for pid in "${pids[@]}"; do
    wait "$pid" || failed=$((failed + 1))
  done
}
# A helper waits for five seconds, which a machine that is busy elsewhere may not give so many at once.
is_late() { [ "$failed" -gt 0 ] && ! grep -qv 'no answer .* in time' "$T/shims.err"; }

for _ in 1 2 3; do
  rm -rf "$T/answers"
  storm
  is_late || break
done
equal 0 "$failed" "failed shims"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
equal 1 "$(count vouch.aws_token)" "calls for an AWS token"
equal 1 "$(cat "$T"/answers/* | sort -u | wc -l)" "different answers"
equal "$shims" "$(cat "$T"/answers/* | grep -c '"Version": *1')" "answers"
[ ! -s "$T/shims.err" ] || fail "something on stderr of a shim"
