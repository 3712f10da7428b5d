#!/bin/bash
# A person with an account and an empty key: enrol in the browser, the key is registered and logs in, AWS and Kubernetes work.
. "$(dirname "$0")/lib.sh"
. "$E2E/account.sh"
. "$E2E/kubernetes.sh"
need aws kubectl
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
succeeds aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL"
contains "$T/out" 'VouchDeveloper/bob@example.com'
version=v1beta1
! knows_exec_v1 kubectl || version=v1
write_kubeconfig "$version" >"$KUBECONFIG"
run kubectl get pods
[ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
contains "$T/out" 'Running'
succeeds vouch-exec-credential k8s --cluster c1
contains "$T/out" '"token"'

# The next morning: only the key.
vouchctl logout >/dev/null
log_in
equal bob@example.com "$(status_json "d['session']['email']")" "user after the login"
equal 1 "$(count vouch.register)" "registrations of the client"
