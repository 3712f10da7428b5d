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

# A role that may describe the cluster and no more, as many developers have it.
control /access-entries '{"reset": true}' >/dev/null
control /access-entries '{"denied_operations": ["DescribeAccessEntry"]}' >/dev/null
run access
equal 5 "$status" "exit code where the entry is not shown"
contains "$T/out" '^Mode '
contains "$T/out" '^Entry +not shown: your role may not call eks:DescribeAccessEntry'
contains "$T/out" "--role $ROLE_ARN --region $REGION --print-grant cli"

# An upgrade of the cluster keeps nobody out, and one failure of AWS is not told.
control /access-entries '{"reset": true}' >/dev/null
control /access-entries '{"status": "UPDATING"}' >/dev/null
faults '{"eks": {"mode": "status", "code": 500, "count": 1}}'
run access
equal 0 "$status" "exit code while the cluster is UPDATING, after one failure"
