#!/bin/bash
# AWS's clock jumps after the first hop, so that the signature of the second is of the wrong time: vouchd reads the time from
# the refusal and signs once more. Nobody notices.
. "$(dirname "$0")/lib.sh"
. "$E2E/organization.sh"
start_organization

regions=(eu-west-1 eu-west-2)
jumps=(600 -600)
for i in 0 1; do
  control /clock '{"skew_seconds": 0}' >/dev/null
  control /reset-counts '{}' >/dev/null
  control /clock "{\"skew_seconds\": ${jumps[i]}, \"before\": \"sts.AssumeRole\"}" >/dev/null
  succeeds vouch-credential-process --role "$member" --region "${regions[i]}"
  equal 2 "$(count sts.AssumeRole)" "calls to AssumeRole when the clock jumped by ${jumps[i]} s"
  equal 1 "$(count sts.AssumeRole.ok)" "of which AWS took"
  equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
done
