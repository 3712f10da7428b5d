#!/bin/bash
# The Setup section of the Vouch EKS page: `aws eks update-kubeconfig`, and the same without the AWS CLI; and its
# prerequisite, a cluster that takes access entries.
. "$(dirname "$0")/lib.sh"
. "$E2E/eks_page.sh"
start_page
let_in "{\"principal_arn\": \"$ROLE_ARN\", \"policies\": [{\"policy\": \"AmazonEKSViewPolicy\"}]}"

follow <<'BLOCK'
aws eks update-kubeconfig \
  --name YOUR_CLUSTER_NAME \
  --region YOUR_REGION \
  --profile vouch
BLOCK
equal 0 "$status" "exit code of aws eks update-kubeconfig"
contains "$KUBECONFIG" 'get-token'
follow <<'BLOCK'
kubectl config current-context
BLOCK
contains "$T/out" "$REGION.*$CLUSTER"
did kubectl get pods
contains "$T/out" 'my-app-.*Running'

# Without the AWS CLI, which from here on is a program that fails.
rm "$KUBECONFIG" "$AWS_CONFIG_FILE" "$T/tools/aws"
printf '#!/bin/sh\necho called >>"%s"\nexit 97\n' "$T/aws-calls" >"$T/tools/aws"
chmod +x "$T/tools/aws"
succeeds ours vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
succeeds ours vouchctl setup eks --cluster "$CLUSTER"
did ours kubectl config use-context "$CLUSTER-vouch" # which vouchctl leaves to the user
AWS_ENDPOINT_URL_STS=$STS_URL follow <<'BLOCK'
kubectl config current-context
BLOCK
equal "$CLUSTER-vouch" "$(<"$T/out")" "current context"
contains "$KUBECONFIG" "$REGION"
did ours kubectl get pods
contains "$T/out" 'my-app-.*Running'
[ ! -e "$T/aws-calls" ] || fail "aws was called"

# The prerequisite: in the mode CONFIG_MAP access entries do not count, which is said with the command that changes
# it.
control /access-entries '{"authentication_mode": "CONFIG_MAP"}' >/dev/null
run eks_access
equal 5 "$status" "exit code in the mode CONFIG_MAP"
contains "$T/out" 'Mode +CONFIG_MAP'
command=$(grep -oE 'aws eks update-cluster-config .*' "$T/out") || fail "no command to change the mode"
choose_new_aws
write_page_profiles
AWS_PROFILE=vouch run bash -c "$command"
contains "$T/err" 'AccessDeniedException.*eks:UpdateClusterConfig'
did as_admin bash -c "$command"
export AWS_PROFILE=vouch
follow <<'BLOCK'
aws eks describe-cluster --name YOUR_CLUSTER_NAME --query "cluster.accessConfig.authenticationMode"
BLOCK
equal '"API_AND_CONFIG_MAP"' "$(<"$T/out")" "authentication mode"
did eks_access
