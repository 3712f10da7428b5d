#!/bin/bash
# What is no role ARN is refused before any call is made; so is a region of another partition.
. "$(dirname "$0")/lib.sh"
start_all
control /reset-counts '{}' >/dev/null

for arn in VouchDeveloper arn:aws:iam::123456789012:user/alice arn:aws:iam::12345:role/VouchDeveloper \
  arn:aws:iam::123456789012:role/; do
  refused 6 '^vouch-credential-process: .*; .*arn:aws:iam::' vouch-credential-process --role "$arn"
done
refused 6 '^vouch-exec-credential: ' vouch-exec-credential eks --cluster-name demo --region us-east-1 --role nonsense
refused 6 'cn-north-1' vouch-credential-process --role "$ROLE_ARN" --region cn-north-1

equal 0 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
equal 0 "$(count vouch.aws_token)" "calls for an AWS token"
