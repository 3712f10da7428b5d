#!/bin/bash
# The main job: one login, and the real `aws` has the identity of the role, again and again, for one call to STS.
. "$(dirname "$0")/lib.sh"
need aws
start_all
write_aws_profile

run aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL" --query Arn --output text
[ "$status" -eq 0 ] || fail "aws sts get-caller-identity: exit code $status"
contains "$T/out" '^arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example\.com$'

run aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL" --query Account --output text
equal 123456789012 "$(cat "$T/out")" "account"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
one_signed_call "$(count vouch.aws_token)" "calls for an AWS token"

equal true "$(status_json "d['credentials'][0]['role_arn'] == '$ROLE_ARN'")" "the role in status"
