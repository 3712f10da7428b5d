#!/bin/bash
# AWS refuses the role: a refusal, not an outage; exit code 5 and what to look at.
. "$(dirname "$0")/lib.sh"
start_all
faults '{"sts": {"mode": "access_denied"}}'

refused 5 '^vouch-credential-process: .*(denied|refused|not authorized|not allowed).*; .*trust policy' \
  vouch-credential-process --role "$ROLE_ARN"
refused 5 '^vouch-exec-credential: ' \
  vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
