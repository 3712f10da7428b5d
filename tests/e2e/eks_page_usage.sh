#!/bin/bash
# The Usage section of the Vouch EKS page, its commands word for word; then the session ends, which is said in one
# line, and `vouch login` is all that it takes.
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
let_in "{\"principal_arn\": \"$ROLE_ARN\", \"policies\": [{\"policy\": \"AmazonEKSViewPolicy\"}]}"
did aws eks update-kubeconfig --name "$CLUSTER" --region "$REGION" --profile vouch
succeeds vouchctl logout
printf '%s\n' "$PIN" >"$T/pin"

input=$T/pin follow <<'BLOCK'
# Start your day
vouch login

# Use kubectl as normal
kubectl get pods
kubectl get namespaces
kubectl logs deployment/my-app
BLOCK
equal 0 "$status" "exit code of a day's start"
contains "$T/out" 'my-app-.*Running'
contains "$T/out" '^staging +Active'
contains "$T/out" '^my-app listens'

# Eight hours later. The clock that counts is the server's; vouchd learns it from the next answer.
control /clock '{"skew_seconds": 28801}' >/dev/null
run vouchctl status --check
equal 2 "$status" "exit code of status after eight hours"
run kubectl get pods
[ "$status" -ne 0 ] || fail "kubectl works without a session"
contains "$T/err" 'vouch: .*session.*; run: vouchctl login'
[ ! -s "$T/out" ] || fail "something on stdout without a session"

control /clock '{"skew_seconds": 0}' >/dev/null
input=$T/pin run vouch login
equal 0 "$status" "exit code of the second vouch login"
did kubectl get pods
contains "$T/out" 'my-app-.*Running'
