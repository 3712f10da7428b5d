#!/bin/bash
# Creating EKS Access Entries, AWS CLI, of the Vouch EKS page: an administrator runs its commands word for word, and
# the developer's kubectl may do what they say, no less and no more. Then the same with the commands that vouchctl
# prints.
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
make_contexts
policies() { aws eks list-associated-access-policies --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN" --query \
  "associatedAccessPolicies[].[policyArn,accessScope.type,join(',',accessScope.namespaces)]" --output text; }

locked_out get pods
run eks_access
equal 5 "$status" "exit code without an access entry"
contains "$T/out" 'no access entry'

# Who may not, is told the action.
for action in create-access-entry 'delete-access-entry'; do
  run aws --profile vouch eks "$action" --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN"
  [ "$status" -ne 0 ] || fail "the developer may $action"
  contains "$T/err" "AccessDeniedException.*VouchDeveloper.* eks:(Create|Delete)AccessEntry"
done
locked_out get pods

export AWS_PROFILE=admin
follow <<'BLOCK'
# Create the Access Entry for the Vouch IAM role
aws eks create-access-entry \
  --cluster-name YOUR_CLUSTER_NAME \
  --principal-arn arn:aws:iam::123456789012:role/VouchDeveloper \
  --type STANDARD

# Associate an access policy (e.g., cluster admin)
aws eks associate-access-policy \
  --cluster-name YOUR_CLUSTER_NAME \
  --principal-arn arn:aws:iam::123456789012:role/VouchDeveloper \
  --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy \
  --access-scope '{"type": "cluster"}'
BLOCK
equal 0 "$status" "exit code of the page's commands"
may get nodes
may get secrets --all-namespaces
did eks_access
contains "$T/out" 'AmazonEKSClusterAdminPolicy +the whole cluster'

run aws eks create-access-entry --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN"
contains "$T/err" 'ResourceInUseException'
did aws eks disassociate-access-policy --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN" \
  --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
may_not get pods

follow <<'BLOCK'
aws eks associate-access-policy \
  --cluster-name YOUR_CLUSTER_NAME \
  --principal-arn arn:aws:iam::123456789012:role/VouchDeveloper \
  --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy \
  --access-scope '{"type": "namespace", "namespaces": ["default", "staging"]}'
BLOCK
equal 0 "$status" "exit code of the page's command"
may get pods --namespace default
may get secrets --namespace staging
may_not get pods --namespace kube-system
may_not get nodes
did policies
cp "$T/out" "$T/by-the-page"

# The same by what vouchctl prints.
did aws eks delete-access-entry --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN"
locked_out get pods
succeeds eks_access --print-grant cli --policy AmazonEKSEditPolicy --namespace default --namespace staging
cp "$T/out" "$T/grant.sh"
did bash -euo pipefail "$T/grant.sh"
may get pods --namespace staging
may_not get pods --namespace kube-system
did policies
cmp "$T/out" "$T/by-the-page" || fail "what vouchctl prints is not what the page says"
