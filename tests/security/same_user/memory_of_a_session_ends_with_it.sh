#!/bin/bash
# However a session ends, its secrets leave the memory: by a logout of one server while the other's session goes on, by its
# time being over, by the server's word; and so do those of a login and of an enrolment that failed.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/account.sh"
. "$TESTS/security/memory.sh"
need curl
make_key
start_key
start_sandbox
first=$VOUCH_URL first_control=$CONTROL_URL first_sts=$STS_URL
start_sandbox --device-interval 1
second=$VOUCH_URL second_control=$CONTROL_URL second_sts=$STS_URL
start_agent
use_credentials() { # SERVER STS
  succeeds env VOUCH_SERVER="$1" AWS_ENDPOINT_URL_STS="$2" vouch-credential-process --role "$ROLE_ARN"
  succeeds env VOUCH_SERVER="$1" vouch-exec-credential k8s --cluster "$CLUSTER"
}
# Sees whether what must be there is: the other session's must not go with the one.
still_has() {
  issued_secrets "$T/live" "$1"
  scan_memory "$T/live" --must-find access_token --must-find secret_access_key --must-find session_token
  ! grep -q '^MISSING' "$T/out" || fail "the session that goes on has lost something"
}

log_in --server "$first"
log_in --server "$second"
use_credentials "$first" "$first_sts"
use_credentials "$second" "$second_sts"
still_has "$first_control"
succeeds vouchctl logout --server "$first"
nothing_is_left "$first_control"
still_has "$second_control"

# The server's word: it has withdrawn the session, which the next call hears.
CONTROL_URL=$second_control control /revoke-sessions '{}' >/dev/null
run env VOUCH_SERVER="$second" vouch-exec-credential k8s --cluster other-audience
run vouchctl status --check
nothing_is_left "$second_control"

# Its time: nobody calls, vouchd's own timer ends it.
CONTROL_URL=$second_control control /seconds '{"session": 75}' >/dev/null
log_in --server "$second"
use_credentials "$second" "$second_sts"
still_has "$second_control"
is_over() { [ "$(status_json "d['session']")" = None ] || [ "$(status_json "d['session']['email'] or ''")" = "" ]; }
wait_until 120 is_over || fail "the session did not end"
nothing_is_left "$second_control"

# A login and an enrolment that are refused.
printf '%s\n' 13579-wrong-pin >"$T/pin"
input=$T/pin run vouchctl login --server "$second"
CONTROL_URL=$second_control
start_enroll --server "$second"
decide deny alice@example.com
wait "$ENROLL_PID" || true
nothing_is_left "$second_control"
equal device_code "$(json "next(s['kind'] for s in d if s['kind'] == 'device_code')" "$T/secrets")" "what the enrolment was given"
