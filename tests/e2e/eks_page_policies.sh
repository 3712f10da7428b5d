#!/bin/bash
# Available Access Policies of the Vouch EKS page: each of the five, for the whole cluster and for one namespace, with
# what the developer's kubectl may do then. The answers are those of the EKS user guide, "Review access policy
# permissions".
#
# The page calls AmazonEKSAdminPolicy the `admin` role of Kubernetes. On EKS it may make roles and bindings, but only
# such as give nothing: the guard against escalation does not count what an access policy gives
# (aws/containers-roadmap#2682).
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
make_contexts
admin="{\"principal_arn\": \"$ADMIN_ARN\", \"policies\": [{\"policy\": \"AmazonEKSClusterAdminPolicy\"}]}"

manifest() { # KIND API NAME MORE
  printf 'apiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: default}\n%s\n' "$2" "$1" "$3" "$4"
}
manifest Pod v1 probe 'spec: {containers: [{name: probe, image: nginx}]}' >"$T/pod.yaml"
manifest Deployment apps/v1 probe \
  'spec:
  selector: {matchLabels: {app: probe}}
  template: {metadata: {labels: {app: probe}}, spec: {containers: [{name: probe, image: nginx}]}}' \
  >"$T/deployment.yaml"
manifest Role rbac.authorization.k8s.io/v1 probe 'rules: []' >"$T/role.yaml"
manifest RoleBinding rbac.authorization.k8s.io/v1 probe \
  'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: friends, apiGroup: rbac.authorization.k8s.io}]' >"$T/binding.yaml"

# Five answers each: ClusterAdmin, Admin, Edit, View, AdminView, for the whole cluster. In a namespace the same, but
# for what belongs to no namespace or to another.
table="\
yyyyy in   get pods
yyyyy in   get deployments
yyyyy in   logs deployment/my-app
yyyny in   get secrets
yynny in   get rolebindings
yyynn in   create -f $T/pod.yaml
yyynn in   delete -f $T/pod.yaml
yyynn in   apply -f $T/deployment.yaml
yynnn in   apply -f $T/role.yaml
ynnnn in   apply -f $T/binding.yaml
yyyyy out  get pods --namespace staging
yyyyy out  get namespaces
ynnny out  get nodes
ynnny out  get clusterroles"
policies=(AmazonEKSClusterAdminPolicy AmazonEKSAdminPolicy AmazonEKSEditPolicy AmazonEKSViewPolicy
  AmazonEKSAdminViewPolicy)

# check COLUMN SCOPE: the developer may do what the table says.
check() {
  local answers place words
  while read -r answers place words; do
    if [ "${answers:$1:1}" = n ] || [ "$2 $place" = 'namespace out' ]; then
      # shellcheck disable=SC2086 # a command line
      may_not $words
    else
      # shellcheck disable=SC2086
      may $words
    fi
  done <<<"$table"
  did administrator delete deployment,role,rolebinding probe --ignore-not-found
}
grant() { printf '{"principal_arn": "%s", "policies": [{"policy": "%s", "namespaces": [%s]}]}' "$ROLE_ARN" "$1" "$2"; }

for column in "${!policies[@]}"; do
  policy=${policies[$column]}
  let_in "$admin" "$(grant "$policy" '')"
  check "$column" cluster
  case $policy in *ClusterAdmin* | *AdminView*) continue ;; esac
  let_in "$admin" "$(grant "$policy" '"default"')"
  check "$column" namespace
done

# A policy for the whole cluster takes no namespaces: not from vouchctl, and not from EKS.
for policy in AmazonEKSClusterAdminPolicy AmazonEKSAdminViewPolicy; do
  for form in cli terraform; do
    refused 6 "$policy is for the whole cluster" eks_access --print-grant "$form" --policy "$policy" --namespace default
  done
  run as_admin aws eks associate-access-policy --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN" \
    --policy-arn "arn:aws:eks::aws:cluster-access-policy/$policy" \
    --access-scope '{"type": "namespace", "namespaces": ["default"]}'
  contains "$T/err" "InvalidRequestException.*$policy"
done
did as_admin aws eks list-access-policies --query 'accessPolicies[].name' --output text
equal "$(printf '%s\n' "${policies[@]}" | sort)" "$(tr '\t' '\n' <"$T/out" | sort)" "access policies of EKS"
