#!/bin/bash
# `vouchctl require` before a long job: 0 when session and credentials will last, and otherwise a code that says what to do.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
start_agent
require=(vouchctl require --role "$ROLE_ARN" --region "$REGION")

refused 2 '^vouchctl: not logged in; run: vouchctl login' "${require[@]}" --for 2h
log_in
succeeds vouchctl require --for 2h
equal 0 "$(count sts.AssumeRoleWithWebIdentity)" "calls to STS without a role"
refused 2 '^vouchctl: the session lasts (8 h 0|7 h 59) min, not 9 h 0 min; run: vouchctl login' "${require[@]}" --for 9h

# An hour's credentials are enough for two, for they renew; not for a job that keeps those of its start.
succeeds "${require[@]}" --for 2h
contains "$T/out" "^$ROLE_ARN: credentials until .*, renewed until "
refused 6 '^vouchctl: the credentials of .* last .*, not 2 h 0 min; .*exec --refreshable' "${require[@]}" --for 2h --static
succeeds "${require[@]}" --for 30m --static
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to STS"

# Credentials that cannot be had fail now, not in the middle of the job.
faults '{"sts": {"mode": "access_denied"}}'
refused 5 '^vouchctl: AWS refused to let you assume ' vouchctl require --for 1m --role "$ROLE_ARN" --region eu-west-1
