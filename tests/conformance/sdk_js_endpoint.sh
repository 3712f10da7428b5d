#!/bin/bash
# The AWS SDK for JavaScript v3 in a job of `vouchctl exec --refreshable`: fromHttp and the default chain get new credentials
# by themselves.
packages=${VOUCH_CONFORMANCE:?the folder where the npm packages are}
. "$(dirname "$0")/../e2e/lib.sh"
start_all

export STS_URL CONTROL_URL REGION BIN AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
succeeds vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- node "$packages/sdk.mjs" endpoint
equal 2 "$(count sts.AssumeRoleWithWebIdentity@VouchDeveloper)" "calls for the role, over a renewal"
