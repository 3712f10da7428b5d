#!/bin/bash
# kubectl reads several kubeconfigs as one and takes the first entry of a name: setup eks must not let our token reach the server of
# another file's entry, hide one, or overwrite the user's own context. And what kubectl writes at the same time is kept.
. "$(dirname "$0")/lib.sh"
need kubectl
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL
succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"

KUBECONFIG=$T/ours succeeds vouchctl setup eks --cluster "$CLUSTER"
cp "$T/ours" "$T/before"
kubectl --kubeconfig "$T/theirs" config set-cluster "$CLUSTER" --server https://other.example >/dev/null
KUBECONFIG=$T/theirs:$T/ours refused 6 "another cluster named $CLUSTER in $T/theirs" vouchctl setup eks --cluster "$CLUSTER"
KUBECONFIG=$T/ours:$T/theirs refused 6 "another cluster named $CLUSTER in $T/theirs" vouchctl setup eks --cluster "$CLUSTER"
cmp "$T/ours" "$T/before" || fail "the file of ours was changed"
KUBECONFIG=$T/theirs:$T/ours succeeds vouchctl setup eks --cluster "$CLUSTER" --alias mine
KUBECONFIG=$T/theirs:$T/ours kubectl config view -o "jsonpath={.clusters[?(@.name=='mine')].cluster.server}" >"$T/server"
contains "$T/server" '^https://127.0.0.1:'

kubectl --kubeconfig "$T/own" config set-context "$CLUSTER-vouch" --cluster mine --user me >/dev/null
KUBECONFIG=$T/own refused 6 "another context named $CLUSTER-vouch" vouchctl setup eks --cluster "$CLUSTER"

# The first context becomes the current one, a later one does not.
export KUBECONFIG=$T/new
succeeds vouchctl setup eks --cluster "$CLUSTER"
equal "$CLUSTER-vouch" "$(kubectl config current-context)" "current context"
succeeds vouchctl setup eks --cluster "$CLUSTER" --alias second
contains "$T/out" 'to switch: kubectl config use-context second-vouch'
equal "$CLUSTER-vouch" "$(kubectl config current-context)" "current context"

# kubectl gives up when it finds the lock, which is its way; what it has written is never lost.
(
  for i in 1 2 3 4 5 6 7 8; do
    if kubectl config set-context "k$i" --cluster "$CLUSTER" >/dev/null 2>&1; then echo "k$i" >>"$T/of-kubectl"; fi
  done
) &
writer=$!
n=0
while kill -0 "$writer" 2>/dev/null; do
  vouchctl setup eks --cluster "$CLUSTER" --alias "n$((++n))" >/dev/null 2>"$T/err" || fail "setup eks beside kubectl: $(<"$T/err")"
done
wait "$writer"
while read -r context; do
  contains "$KUBECONFIG" "name: $context\$"
done <"$T/of-kubectl"

touch "$KUBECONFIG.lock"
refused 6 "there is $KUBECONFIG.lock" vouchctl setup eks --cluster "$CLUSTER" --alias late
