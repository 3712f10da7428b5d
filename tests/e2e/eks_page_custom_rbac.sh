#!/bin/bash
# The Custom RBAC section of the Vouch EKS page: an access entry without policies, and roles bound inside the cluster.
#
# The page binds a Group that has the name of the role. On EKS nobody is in such a group by itself: who comes by an
# access entry is the user arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, in the groups that the entry names and in
# no other. So the page's manifest alone grants nothing. It does once the entry names that group; what vouchctl prints
# sets both.
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
make_contexts
cat >"$T/role.yaml" <<'MANIFEST'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: your-custom-role
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
MANIFEST
did administrator apply -f "$T/role.yaml"
entry=(--cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN")

# "Create the Access Entry with type STANDARD and do not associate any EKS access policies."
did as_admin aws eks create-access-entry "${entry[@]}" --type STANDARD
may_not get pods

# The page's manifest, word for word.
cat >"$T/page.yaml" <<'MANIFEST'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: vouch-developer-custom
subjects:
  - kind: Group
    name: "arn:aws:iam::123456789012:role/VouchDeveloper"
    apiGroup: rbac.authorization.k8s.io
roleRef:
  kind: ClusterRole
  name: your-custom-role
  apiGroup: rbac.authorization.k8s.io
MANIFEST
is_on_page "$T/page.yaml"
run developer apply -f "$T/page.yaml"
[ "$status" -ne 0 ] || fail "the developer binds roles"
did administrator apply -f "$T/page.yaml"
may_not get pods
did as_admin aws eks update-access-entry "${entry[@]}" --kubernetes-groups "$ROLE_ARN"
may get pods --all-namespaces
may_not get secrets
did administrator delete -f "$T/page.yaml"
may_not get pods

# What vouchctl prints: one manifest, and as its comments the call that puts the role into the group, for a role
# without an entry and for one that has an entry.
applies_ours() { # CALL [flag…]: of `vouchctl eks access`
  local call=$1
  shift
  succeeds eks_access --print-grant rbac "$@"
  sed 's/YOUR-ROLE/your-custom-role/' "$T/out" >"$T/ours.yaml"
  sed -n "s/^# \(aws eks $call \)/\1/p" "$T/ours.yaml" >"$T/entry.sh"
  [ -s "$T/entry.sh" ] || fail "no $call that puts the role into the group"
  did as_admin bash -euo pipefail "$T/entry.sh"
  may_not get pods --namespace staging
  did administrator apply -f "$T/ours.yaml"
  may get pods --namespace staging
  may_not get secrets --namespace staging
}
applies_ours update-access-entry --namespace staging
may_not get pods --namespace default
did eks_access
contains "$T/out" 'Group +vouch:123456789012:VouchDeveloper'
did administrator delete -f "$T/ours.yaml"
did as_admin aws eks delete-access-entry "${entry[@]}"
applies_ours create-access-entry
may get pods --namespace default
