#!/bin/bash
# An account is enrolled in the browser, a second key is registered, the first renamed; after the logout nothing of what the
# server gave for that is in vouchd's memory.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/account.sh"
. "$TESTS/security/memory.sh"
need curl
make_empty_key
start_key
start_sandbox --device-interval 1
start_agent
start_enroll --server "$VOUCH_URL" --name "Blue key"
decide approve
enrolled

end_process "$KEY_PID"
mv "$T/key.json" "$T/first.json"
"$SOFTKEY" create --file "$T/key.json" --no-credential --pin "$PIN" >/dev/null
start_key
printf '%s\n' "$PIN" | vouchctl register --name Spare >"$T/out" 2>"$T/err" || fail "vouchctl register failed"
succeeds vouchctl keys rename "Blue key" "Green key"
succeeds vouch-credential-process --role "$ROLE_ARN"

issued_secrets "$T/secrets"
scan_memory "$T/secrets" --must-find access_token
! grep -q '^MISSING' "$T/out" || fail "the scan does not find what is there"
equal true "$(json "'device_code' in [s['kind'] for s in d]" "$T/secrets")" "a device code was given"
succeeds vouchctl logout
nothing_is_left
