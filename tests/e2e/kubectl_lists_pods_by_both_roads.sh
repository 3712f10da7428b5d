#!/bin/bash
# Both roads of the Vouch EKS page: kubectl -> aws eks get-token -> shim, and kubectl -> vouch-exec-credential, the latter in
# both API versions that kubectl knows.
. "$(dirname "$0")/lib.sh"
. "$E2E/kubernetes.sh"
need aws kubectl
start_all
write_aws_profile

lists_pods() {
  run "$1" --kubeconfig "$2" get pods
  [ "$status" -eq 0 ] || fail "$1 get pods with ${2##*/}: exit code $status"
  contains "$T/out" "^NAME .*STATUS"
  contains "$T/out" "Running"
}

run aws eks update-kubeconfig --name "$CLUSTER" --profile vouch --endpoint-url "$EKS_URL" --kubeconfig "$T/documented"
[ "$status" -eq 0 ] || fail "aws eks update-kubeconfig: exit code $status"
contains "$T/documented" 'get-token'
write_kubeconfig v1 >"$T/short-v1"
write_kubeconfig v1beta1 >"$T/short-v1beta1"

before=$(count k8s.pods)
lists_pods kubectl "$T/documented"
lists_pods kubectl "$T/short-v1beta1"
if knows_exec_v1 kubectl; then
  lists_pods kubectl "$T/short-v1"
fi
[ "$(count k8s.pods)" -ge $((before + 2)) ] || fail "the cluster did not see the calls"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"

# A token for another cluster is none for this one.
sed "s/--cluster-name, $CLUSTER,/--cluster-name, another,/" "$T/short-v1beta1" >"$T/other"
run kubectl --kubeconfig "$T/other" get pods
[ "$status" -ne 0 ] || fail "a token for another cluster was accepted"
contains "$T/err" "Unauthorized|must be logged in"
