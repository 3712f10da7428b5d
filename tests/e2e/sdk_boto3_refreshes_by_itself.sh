#!/bin/bash
# boto3 with the profile that `vouchctl setup aws` wrote: sixteen threads on a cold session cost one call to STS, a credential
# is replaced before it gets old, and the error of a program names the command to run.
. "$(dirname "$0")/lib.sh"

# The distribution's python first, then whichever has boto3.
python_with_boto3() {
  local candidate
  while read -r candidate; do
    "$candidate" -c 'import boto3' 2>/dev/null && echo "$candidate" && return 0
  done < <(type -ap python3)
  return 1
}
python=$(python_with_boto3) || skip "no python3 with boto3 here"

sdk() {
  STS_URL=$STS_URL EKS_URL=$EKS_URL CONTROL_URL=$CONTROL_URL CLUSTER=$CLUSTER BIN=$BIN \
    run "$python" "$E2E/sdk_boto3.py" "$@"
  [ "$status" -eq 0 ] || fail "sdk_boto3.py $*: exit code $status"
}

start_all
succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"

sdk cold
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity by many processes"
sdk expiry
equal 2 "$(count sts.AssumeRoleWithWebIdentity@VouchDeveloper)" "calls for the role, over a renewal"

control /clock '{"skew_seconds": 0}' >/dev/null
succeeds vouchctl logout
sdk refused
contains "$T/out" 'custom-process: vouch-credential-process: not logged in; run: vouchctl login'
