#!/bin/bash
# A storm of helpers with nothing in the cache: one call to Vouch, one to STS, everybody has the same answer.
. "$(dirname "$0")/lib.sh"
start_all
faults '{"sts": {"mode": "delay", "seconds": 1}}'
mkdir "$T/answers"

pids=()
for i in {1..200}; do
  "$BIN/vouch-credential-process" --role "$ROLE_ARN" >"$T/answers/$i" 2>>"$T/shims.err" </dev/null &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
  wait "$pid" || failed=$((failed + 1))
done

equal 0 "$failed" "failed shims"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
equal 1 "$(count vouch.aws_token)" "calls for an AWS token"
equal 1 "$(cat "$T"/answers/* | sort -u | wc -l)" "different answers"
equal 200 "$(cat "$T"/answers/* | grep -c '"Version": *1')" "answers"
[ ! -s "$T/shims.err" ] || fail "something on stderr of a shim"
