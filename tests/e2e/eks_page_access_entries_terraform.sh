#!/bin/bash
# Creating EKS Access Entries, Terraform, of the Vouch EKS page: its examples and what vouchctl prints say the same,
# attribute for attribute; and applied to the cluster they let the developer do what they say. The AWS provider of
# Terraform cannot be had here, so the calls that it would make are made by aws; terraform itself, where there is one,
# reads the syntax.
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
make_contexts
names=(aws_eks_cluster.main.name="$CLUSTER" aws_iam_role.vouch_developer.arn="$ROLE_ARN")

cat >"$T/page-cluster.tf" <<'BLOCK'
resource "aws_eks_access_entry" "vouch_developer" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_iam_role.vouch_developer.arn
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "vouch_developer_admin" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_iam_role.vouch_developer.arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}
BLOCK
cat >"$T/page-namespaces.tf" <<'BLOCK'
resource "aws_eks_access_policy_association" "vouch_developer_edit" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_iam_role.vouch_developer.arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["default", "staging"]
  }
}
BLOCK
succeeds eks_access --print-grant terraform --policy AmazonEKSClusterAdminPolicy
cp "$T/out" "$T/ours-cluster.tf"
succeeds eks_access --print-grant terraform --policy AmazonEKSEditPolicy --namespace default --namespace staging
cp "$T/out" "$T/ours-namespaces.tf"

# says FILE: its resources by type, without what a resource is called here and what it waits for.
says() {
  "$E2E/hcl.py" --json "${names[@]}" "$1" >"$T/hcl" || fail "${1##*/} is no Terraform"
  json '{b["labels"][0]: [{k: v for k, v in b["attributes"].items() if k != "depends_on"},
                          [[s["kind"], s["attributes"]] for s in b["blocks"]]] for b in d}' "$T/hcl"
}
for kind in cluster namespaces; do
  is_on_page "$T/page-$kind.tf"
  says "$T/page-$kind.tf" >"$T/page.json"
  says "$T/ours-$kind.tf" >"$T/ours.json"
  # The second example of the page leaves the entry to the first.
  json '{k: v for k, v in d.items() if k in json.load(open("'"$T/page.json"'"))}' "$T/ours.json" >"$T/ours-part.json"
  cmp "$T/page.json" "$T/ours-part.json" || fail "what vouchctl prints is not what the page says: $kind"
  json '"aws_eks_access_entry" in d' "$T/ours.json" | grep -qx true || fail "no access entry in what vouchctl prints"
  if command -v terraform >/dev/null; then
    # Refuses what it cannot parse, and what is not as it would write it.
    CHECKPOINT_DISABLE=1 run terraform fmt -check -diff "$T/ours-$kind.tf"
    equal 0 "$status" "exit code of terraform fmt"
  fi
done

# What is no grant is not read as one.
sed 's/policy_arn /policy_name /' "$T/ours-cluster.tf" >"$T/wrong.tf"
run "$E2E/hcl.py" --json "$T/wrong.tf"
[ "$status" -ne 0 ] || fail "the reader takes an attribute that there is not"

apply() {
  "$E2E/hcl.py" --aws "${names[@]}" "$1" >"$T/calls.sh" || fail "${1##*/} cannot be applied"
  did as_admin bash -euo pipefail "$T/calls.sh"
}
locked_out get pods
apply "$T/ours-cluster.tf"
may get nodes
may get secrets --namespace kube-system
did as_admin aws eks delete-access-entry --cluster-name "$CLUSTER" --principal-arn "$ROLE_ARN"
locked_out get pods
apply "$T/ours-namespaces.tf"
may get secrets --namespace staging
may_not get pods --namespace kube-system
may_not get nodes
