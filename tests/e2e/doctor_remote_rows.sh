#!/bin/bash
# The rows of the Troubleshooting sections of the Vouch pages for AWS and EKS, and what else can be wrong at the far end: each
# thing is broken in the sandbox, and `vouchctl doctor` must name that one and no other.
. "$(dirname "$0")/lib.sh"
need kubectl
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL AWS_PROFILE=vouch
write_aws_profile
succeeds vouchctl setup eks --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION"
cp "$KUBECONFIG" "$T/healthy.yaml"
policy() { printf '{"entries": [{"principal_arn": "%s", "policies": [%s]}]}' "$ROLE_ARN" "$1"; }

# No need to wait for what aws says of itself, each time.
rm "$T/tools/aws"
printf '#!/bin/sh\necho aws-cli/2.9.19 Python/3.11\n' >"$T/tools/aws"
chmod +x "$T/tools/aws"

# look [FLAG…]: what is wrong or worth telling, one "check:verdict" a line, in $T/found; what is said of it in $T/said.
look() {
  run vouchctl doctor --json "$@"
  "$PYTHON" - "$T" <<'PYTHON'
import json, sys
with open(sys.argv[1] + "/out") as out:
    findings = json.load(out)["findings"]
with open(sys.argv[1] + "/found", "w") as found, open(sys.argv[1] + "/said", "w") as said:
    found.writelines(sorted(f"{one['check']}:{one['verdict']}\n" for one in findings if one["verdict"] != "ok"))
    said.writelines(" ".join(f"{one['what']} {one['remedy']}".split()) + "\n" for one in findings)
PYTHON
}
# looks_until CONDITION [FLAG…]: doctor waits for seconds only, so a machine that is busy elsewhere may need a second look,
# or a third.
looks_until() {
  local condition=$1
  shift
  for _ in 1 2 3; do
    look "$@"
    ! "$condition" || return 0
  done
}
is_well() { ! grep -qE '^(network|aws|kube)\.' "$T/found"; }
looks_until is_well
cp "$T/found" "$T/usual"
is_well || fail "something is wrong at the far end while all is well: $(cat "$T/found")"
contains "$T/out" "cluster $CLUSTER lets $ROLE_ARN in: AmazonEKSClusterAdminPolicy"
usual_status=$status

# finds WHAT REMEDY [FLAG…]: exactly these ("check:verdict", with spaces between; "" for nothing) are found besides the usual, and
# what to do (or what is said) matches. Then all is mended.
finds() {
  local wanted=$1 said=$2 code=$usual_status
  shift 2
  looks_until is_as_wanted "$@"
  equal "$wanted" "$(found_besides)" "found for '$said'"
  case $wanted in *failed*) code=1 ;; esac
  equal "$code" "$status" "exit code for '$said'"
  contains "$T/said" "$said"
  mend
}
found_besides() { LC_ALL=C comm -13 "$T/usual" "$T/found" | tr '\n' ' ' | sed 's/ $//'; }
is_as_wanted() { [ "$(found_besides)" = "$wanted" ] && grep -qE -- "$said" "$T/said"; }
mend() {
  faults '{"vouch": {"mode": "none"}, "sts": {"mode": "none"}, "eks": {"mode": "none"}, "k8s": {"mode": "none"}}'
  control /access-entries '{"reset": true}' >/dev/null
  cp "$T/healthy.yaml" "$KUBECONFIG"
}

# ---- the network -----------------------------------------------------------------------------------------------------

faults '{"vouch": {"mode": "down"}}'
finds 'network.vouch:failed' "the Vouch server at $VOUCH_URL is not reached: cannot connect"
faults '{"vouch": {"mode": "wrong_type"}}'
finds 'network.vouch:failed' 'a web page answered in its place .*sign in to this network'
faults '{"sts": {"mode": "down"}}'
finds 'network.sts:failed' "AWS STS at $STS_URL is not reached"
control /clock '{"skew_seconds": 30}' >/dev/null
finds 'network.clock:warning' 'clock is (29|30|31) s behind'
control /clock '{"skew_seconds": 400}' >/dev/null
finds 'network.clock:failed' 'clock is [67] min behind.*set the clock'
control /clock '{"skew_seconds": 0}' >/dev/null

# ---- AWS: a role that nobody has asked for yet, each time ----------------------------------------------------------------

load=0
# sts_refuses CODE MESSAGE
sts_refuses() {
  faults "{\"sts\": {\"mode\": \"status\", \"code\": 400, \"error\": \"$1\", \"message\": \"$2\",
    \"operation\": \"AssumeRoleWithWebIdentity\"}}"
  load=$((load + 1))
  new_role=${ROLE_ARN%/*}/Load-$load
}
provider=arn:aws:iam::123456789012:oidc-provider/${VOUCH_URL#*://}

finds 'aws.trust:failed' "vouchctl trust --role ${ROLE_ARN%/*}/Untrusting" --role "${ROLE_ARN%/*}/Untrusting" --region "$REGION"
read -r root member < <(json 'd["management_role_arn"] + " " + d["member_role_arn"]' "$T/sandbox/sandbox.json")
# The role of the context goes through the management role, too.
printf '\n[[aws.organizations]]\nmanagement_role = "%s"\n' "$root" >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
control /trust '{"refuse": true}' >/dev/null
finds 'aws.trust:failed aws.trust:failed' "vouchctl trust --role $member --via $root" --role "$member" --via "$root"
control /trust '{}' >/dev/null
write_config
sts_refuses InvalidIdentityToken 'No OpenIDConnect provider found in your account for https://x'
finds 'aws.identity-provider:failed' "create-open-id-connect-provider --url $VOUCH_URL" --role "$new_role" --region "$REGION"
sts_refuses InvalidIdentityToken 'Incorrect token audience'
finds 'aws.identity-provider:failed' "add-client-id-.*-arn $provider --client-id $VOUCH_URL" --role "$new_role" --region "$REGION"
sts_refuses InvalidIdentityToken "Couldn't retrieve verification key from your identity provider"
finds 'aws.identity-provider:failed' "$VOUCH_URL/.well-known" --role "$new_role" --region "$REGION"
sts_refuses IDPCommunicationError 'Identity provider communication error'
finds 'aws.identity-provider-reachable:failed' "$VOUCH_URL/.well-known" --role "$new_role" --region "$REGION"
sts_refuses ExpiredTokenException 'Token expired'
finds 'aws.token-expired:failed' "set the server's clock" --role "$new_role" --region "$REGION"
sts_refuses PackedPolicyTooLarge 'PackedPolicySize is 112'
finds 'aws.session-tags:failed' 'fewer or shorter session tags' --role "$new_role" --region "$REGION"
sts_refuses RegionDisabledException 'STS is not activated in this region'
finds 'aws.region:failed' 'switched off in eu-south-1' --role "$new_role" --region eu-south-1
finds 'aws.partition:failed' 'region cn-north-1 is in partition aws-cn' --role "$ROLE_ARN" --region cn-north-1

# ---- the cluster -----------------------------------------------------------------------------------------------------

control /access-entries '{"entries": []}' >/dev/null
finds 'kube.access-entry:failed' "vouchctl eks access --cluster $CLUSTER --role $ROLE_ARN --region $REGION --print-grant cli"
control /access-entries '{"authentication_mode": "CONFIG_MAP"}' >/dev/null
finds 'kube.authentication-mode:failed' 'authenticationMode=API_AND_CONFIG_MAP'
control /access-entries "{\"authentication_mode\": \"CONFIG_MAP\", \"config_map_roles\": [\"$ROLE_ARN\"]}" >/dev/null
finds '' "cluster $CLUSTER lets $ROLE_ARN in"
control /access-entries "$(policy '')" >/dev/null
finds 'kube.access-policy:failed' 'has no access policy'
control /access-entries "$(policy '{"policy": "AmazonEKSEditPolicy", "namespaces": ["staging"]}')" >/dev/null
finds 'kube.namespace:warning' 'set-context .* --namespace=staging'
faults '{"k8s": {"mode": "status", "code": 401}}'
finds 'kube.token:failed' 'refuses the token'
control /access-entries '{"denied_operations": ["DescribeCluster"]}' >/dev/null
finds 'kube.permission:warning' "\"eks:DescribeCluster\".*cluster/$CLUSTER\""
control /access-entries '{"denied_operations": ["DescribeCluster"]}' >/dev/null
faults '{"k8s": {"mode": "status", "code": 401}}'
finds 'kube.access-entry:failed kube.permission:warning' 'eks:CreateAccessEntry, eks:AssociateAccessPolicy'
control /access-entries '{"denied_operations": ["DescribeAccessEntry"]}' >/dev/null
finds 'kube.permission:info' '"eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"'
control /access-entries '{"status": "DELETING"}' >/dev/null
finds 'kube.cluster:failed' 'is DELETING, not ACTIVE'
sed -i "s/\b$CLUSTER$/nowhere/; s/- $CLUSTER$/- nowhere/" "$KUBECONFIG"
finds 'kube.cluster:failed' 'No cluster found for name: nowhere'
sed -i 's#^\( *server: \).*#\1https://127.0.0.1:9#' "$KUBECONFIG"
finds 'kube.endpoint:failed' "leads to https://127.0.0.1:9, but cluster $CLUSTER is at $K8S_URL"
faults '{"k8s": {"mode": "down"}}'
finds 'kube.api:failed' "the API server $K8S_URL is not reached"

# Helm is looked for, not run.
printf '#!/bin/sh\n' >"$T/tools/helm"
chmod +x "$T/tools/helm"
finds '' "cluster $CLUSTER lets"
control /access-entries "$(policy '{"policy": "AmazonEKSEditPolicy"}')" >/dev/null
finds 'kube.helm:warning' 'roles, rolebindings, clusterroles, customresourcedefinitions .*--policy AmazonEKSAdminPolicy'
control /access-entries "$(policy '{"policy": "AmazonEKSAdminPolicy"}')" >/dev/null
finds 'kube.helm:info' 'in the cluster: clusterroles, customresourcedefinitions'
rm "$T/tools/helm"

# ---- a cluster that trusts the Vouch server itself, and a session that ends soon -------------------------------------------

KUBECONFIG=$T/lab succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
export KUBECONFIG=$T/lab
cp "$T/lab" "$T/healthy.yaml"
finds '' 'context lab-vouch gets ID tokens'
faults '{"k8s": {"mode": "status", "code": 401}}'
finds 'kube.oidc:failed' "--oidc-issuer-url must be $VOUCH_URL, its --oidc-client-id kubernetes"

control /seconds '{"session": 2700}' >/dev/null
log_in
finds 'aws.long-jobs:warning' 'vouchctl require --for 2h'
