#!/bin/bash
# STS is away for longer than one renewal and comes back before the credential ends: no call of the real `aws` fails, status
# says degraded meanwhile and no longer. Credentials of 90 s, renewed when a third of that is left.
. "$(dirname "$0")/lib.sh"
need aws
start_all --sts-seconds 90
write_aws_profile

calls=0
# work_until SECOND COMMAND…: calls of aws until the command succeeds, which it does by then.
work_until() {
  local end=$1
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    run aws eks list-clusters --endpoint-url "$EKS_URL" --profile vouch --output text
    [ "$status" -eq 0 ] || fail "aws call $calls failed, at second $SECONDS"
    contains "$T/out" "$CLUSTER"
    calls=$((calls + 1))
  done
}
degraded() { status_json "any(c['degraded'] for c in d['credentials'])"; }
is_degraded() { [ "$(degraded)" = true ]; }
is_second() { [ "$SECONDS" -ge "$1" ]; }
expiry() { status_json "d['credentials'][0]['expires_at']"; }

SECONDS=0
work_until 30 is_second 5
first=$(expiry)
equal false "$(degraded)" "degraded before the outage"

faults '{"sts": {"mode": "down"}}'
work_until 85 is_degraded || fail "not degraded during the outage, at second $SECONDS"
equal "$first" "$(expiry)" "expiry of what is handed out during the outage"

faults '{"sts": {"mode": "none"}}'
renewed() { [ "$(expiry)" != "$first" ] && [ "$(degraded)" = false ]; }
work_until 100 renewed || fail "not renewed after the outage, at second $SECONDS"
work_until 130 is_second 100
[ "$calls" -ge 6 ] || fail "only $calls calls of aws in 100 s"
