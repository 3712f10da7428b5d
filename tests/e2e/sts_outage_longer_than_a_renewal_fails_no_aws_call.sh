#!/bin/bash
# STS is away for longer than one renewal and comes back before the credential ends: no call of the real `aws` fails, status
# says degraded meanwhile and no longer. Credentials of 60 s, renewed when a third of that is left.
. "$(dirname "$0")/lib.sh"
need aws
start_all --sts-seconds 60
write_aws_profile

calls=0
until_second() {
  while [ "$SECONDS" -lt "$1" ]; do
    run aws eks list-clusters --endpoint-url "$EKS_URL" --profile vouch --output text
    [ "$status" -eq 0 ] || fail "aws call $calls failed, at second $SECONDS"
    contains "$T/out" "$CLUSTER"
    calls=$((calls + 1))
  done
}
degraded() { status_json "any(c['degraded'] for c in d['credentials'])"; }
is_degraded() { [ "$(degraded)" = true ]; }
expiry() { status_json "d['credentials'][0]['expires_at']"; }

SECONDS=0
until_second 5
first=$(expiry)
equal false "$(degraded)" "degraded before the outage"

faults '{"sts": {"mode": "down"}}'
until_second 45
wait_until 7 is_degraded || fail "not degraded during the outage, at second $SECONDS"
equal "$first" "$(expiry)" "expiry of what is handed out during the outage"

faults '{"sts": {"mode": "none"}}'
renewed() { [ "$(expiry)" != "$first" ] && [ "$(degraded)" = false ]; }
wait_until 13 renewed || fail "not renewed after the outage, at second $SECONDS"
until_second 70
[ "$calls" -ge 6 ] || fail "only $calls calls of aws in 70 s"
