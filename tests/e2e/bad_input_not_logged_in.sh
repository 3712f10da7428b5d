#!/bin/bash
# Every shim, before a login: one line that names the command, exit code 2.
. "$(dirname "$0")/lib.sh"
make_key
start_sandbox
start_agent

refused 2 '^vouch-credential-process: not logged in; run: vouchctl login' \
  vouch-credential-process --role "$ROLE_ARN"
refused 2 '^vouch-exec-credential: not logged in; run: vouchctl login' \
  vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
refused 2 '^vouch-exec-credential: not logged in; run: vouchctl login' \
  vouch-exec-credential k8s --cluster "$CLUSTER"
equal 0 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
