#!/bin/bash
# From a login to pods without the AWS CLI: setup aws, setup eks; and entries of `aws eks update-kubeconfig` turned into ours
# and back.
. "$(dirname "$0")/lib.sh"
need kubectl
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
succeeds vouchctl setup eks --cluster "$CLUSTER"
contains "$T/out" "kubectl --context $CLUSTER-vouch get pods"
run kubectl --context "$CLUSTER-vouch" get pods
[ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
contains "$T/out" 'Running'
refused 6 'No cluster found' vouchctl setup eks --cluster another
refused 6 'name of an EKS cluster' vouchctl setup eks --cluster 'a b'

need aws
rm "$KUBECONFIG"
run aws eks update-kubeconfig --name "$CLUSTER" --profile vouch --endpoint-url "$EKS_URL"
[ "$status" -eq 0 ] || fail "aws eks update-kubeconfig: exit code $status"
cp "$KUBECONFIG" "$T/of-aws"
succeeds vouchctl setup eks --convert
contains "$KUBECONFIG" 'vouch-exec-credential'
succeeds vouchctl setup eks --convert --undo
cmp "$KUBECONFIG" "$T/of-aws" || fail "there and back is not the same"
