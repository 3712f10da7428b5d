#!/bin/bash
# A person with an account and an empty key: enrol in the browser, the key is registered and logs in, AWS and Kubernetes work.
. "$(dirname "$0")/lib.sh"
. "$E2E/account.sh"
need aws
make_empty_key
start_key
start_sandbox --device-interval 1
start_agent

start_enroll --server "$VOUCH_URL" --name "Blue key"
decide approve
enrolled
contains "$T/enroll.err" "$VOUCH_URL/"
contains "$T/enroll.err" '[A-Z0-9]{4}-[A-Z0-9]{4}'
! grep -qF "$PIN" "$T/enroll.out" "$T/enroll.err" "$T/vouchd.log" || fail "the PIN was printed"

equal bob@example.com "$(status_json "d['session']['email']")" "user"
equal '["Blue key"]' "$(vouchctl keys list --json | json "[k['name'] for k in d['keys']]")" "keys"
write_aws_profile
succeeds aws sts get-caller-identity --profile vouch
contains "$T/out" 'VouchDeveloper/bob@example.com'
succeeds vouch-exec-credential k8s --cluster c1
contains "$T/out" '"token"'

# The next morning: only the key.
vouchctl logout >/dev/null
log_in
equal bob@example.com "$(status_json "d['session']['email']")" "user after the login"
equal 1 "$(count vouch.register)" "registrations of the client"
