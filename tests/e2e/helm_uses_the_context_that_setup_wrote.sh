#!/bin/bash
# helm, which brings a Kubernetes client of its own, with the contexts of `vouchctl setup`; and what it says without a session.
. "$(dirname "$0")/lib.sh"
need helm
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL HELM_DRIVER=secret

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
succeeds vouchctl setup eks --cluster "$CLUSTER"
succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
for context in "$CLUSTER-vouch" lab-vouch; do
  before=$(count k8s.secrets.ok)
  run helm list --kube-context "$context" --namespace default --output json
  [ "$status" -eq 0 ] || fail "helm list --kube-context $context: exit code $status"
  equal '[]' "$(json d "$T/out")" "releases"
  [ "$(count k8s.secrets.ok)" -gt "$before" ] || fail "the cluster was not asked for the releases"
done

succeeds vouchctl logout
run helm list --kube-context "$CLUSTER-vouch" --namespace default
[ "$status" -ne 0 ] || fail "helm list works without a session"
contains "$T/err" 'not logged in; run: vouchctl login'
