#!/bin/bash
# What the Vouch documentation tells people to type, as it stands there: `vouch …`.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
start_agent

printf '%s\n' "$PIN" >"$T/pin"
input=$T/pin run vouch login
[ "$status" -eq 0 ] || fail "vouch login: exit code $status"

run vouch status
[ "$status" -eq 0 ] || fail "vouch status: exit code $status"
contains "$T/out" 'alice@example\.com'

succeeds vouch credential aws --role "$ROLE_ARN"
equal "[1, true]" "$(json '[d["Version"], d["AccessKeyId"].startswith("ASIA")]' "$T/out")" "vouch credential aws"

succeeds vouch credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
equal '["ExecCredential", true]' "$(json '[d["kind"], d["status"]["token"].startswith("k8s-aws-v1.")]' "$T/out")" \
  "vouch credential eks"

succeeds vouch credential k8s --cluster "$CLUSTER" --audience kubernetes
equal '["ExecCredential", 3]' "$(json '[d["kind"], len(d["status"]["token"].split("."))]' "$T/out")" \
  "vouch credential k8s"

# The profile of the documentation, with `vouch` found on PATH.
if command -v aws >/dev/null; then
  write_aws_profile "vouch credential aws --role $ROLE_ARN"
  run aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL" --query Arn --output text
  contains "$T/out" 'assumed-role/VouchDeveloper/'
fi

run vouch logout
[ "$status" -eq 0 ] || fail "vouch logout: exit code $status"
refused 2 'login' vouch credential aws --role "$ROLE_ARN"
