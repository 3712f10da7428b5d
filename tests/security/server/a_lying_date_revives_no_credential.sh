#!/bin/bash
# STS and the Vouch server date their answers years ahead or back: what has expired is not handed out, not even what was fetched when
# they told the truth; and when they do again, all is well.
. "$(dirname "$0")/../../e2e/lib.sh"
start_all
PAST="Tue, 01 Jan 2019 00:00:00 GMT" FUTURE="Fri, 01 Jan 2038 00:00:00 GMT"
lie() { printf '{"mode": "lying_date", "message": "%s", "operation": "%s"}' "$1" "${2:-}"; }

# Good for 8 s, and fetched from an honest STS. Then one lies that another role is asked of.
control /seconds '{"sts": 8}' >/dev/null
succeeds vouch-credential-process --role "$ROLE_ARN"
faults "{\"vouch\": $(lie "$PAST" challenge), \"sts\": $(lie "$PAST" AssumeRoleWithWebIdentity@Load-1)}"
refused 4 'later than AWS lets them' vouch-credential-process --role "${ROLE_ARN%/*}/Load-1"
faults '{"sts": {"mode": "down"}}'  # so that it cannot be renewed
sleep 9
run vouch-credential-process --role "$ROLE_ARN"
[ "$status" -ne 0 ] || fail "a credential that has expired was handed out"

faults "{\"vouch\": $(lie "$FUTURE"), \"sts\": $(lie "$FUTURE")}"
control /seconds '{"sts": 3600}' >/dev/null
run vouch-credential-process --role "${ROLE_ARN%/*}/Load-2"
calls_meanwhile() {
  local before
  before=$(count sts.AssumeRoleWithWebIdentity)
  sleep 2
  calls=$(($(count sts.AssumeRoleWithWebIdentity) - before))
}
timed calls_meanwhile
[ "$calls" -le $((3 + 2 * took / 1000)) ] || fail "a lying Date makes a storm: $calls calls in $took ms"

faults '{"vouch": {"mode": "none"}, "sts": {"mode": "none"}}'
wait_until 20 vouch-credential-process --role "$ROLE_ARN" >/dev/null || {
  log_in  # the Vouch server has said that its session is over, and this was believed
  succeeds vouch-credential-process --role "$ROLE_ARN"
}
