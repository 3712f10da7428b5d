#!/bin/bash
# The AWS SDK for JavaScript v3 with the profile that `vouchctl setup aws` wrote: identity, expiry, and what a program is
# told when nobody is logged in. The real SDK, vouchd, vouchctl and shim; the sandbox is the far end.
packages=${VOUCH_CONFORMANCE:?the folder where the npm packages are}
. "$(dirname "$0")/../e2e/lib.sh"

sdk() {
  STS_URL=$STS_URL EKS_URL=$EKS_URL CONTROL_URL=$CONTROL_URL CLUSTER=$CLUSTER REGION=$REGION BIN=$BIN \
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true run node "$packages/sdk.mjs" "$@"
  [ "$status" -eq 0 ] || fail "sdk.mjs $*: exit code $status"
}

start_all
succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"

sdk identity
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
sdk expiry
equal 2 "$(count sts.AssumeRoleWithWebIdentity@VouchDeveloper)" "calls for the role, over a renewal"

control /clock '{"skew_seconds": 0}' >/dev/null
succeeds vouchctl logout
sdk refused
