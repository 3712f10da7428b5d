#!/bin/bash
# The Access entries section of the Vouch EKS page: what is there, what is missing, and what an administrator applies.
. "$(dirname "$0")/lib.sh"
start_all --page-size 1
export AWS_ENDPOINT_URL_EKS=$EKS_URL
access() { vouchctl eks access --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION" "$@"; }

run access
[ "$status" -eq 0 ] || fail "exit code $status where the role is let in"
contains "$T/out" "$ROLE_ARN"

control /access-entries '{"entries": []}' >/dev/null
run access
equal 5 "$status" "exit code without an entry"
contains "$T/out" 'Missing .*no access entry'
run access --print-grant cli --policy AmazonEKSEditPolicy --namespace default
contains "$T/out" 'create-access-entry'
contains "$T/out" '"namespaces": \["default"\]'
run access --print-grant terraform
contains "$T/out" 'aws_eks_access_policy_association'
refused 6 'whole cluster' vouchctl eks access --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION" \
  --print-grant cli --policy AmazonEKSClusterAdminPolicy --namespace default
