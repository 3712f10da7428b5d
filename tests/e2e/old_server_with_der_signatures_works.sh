#!/bin/bash
# Servers before the switch to r||s signatures take ASN.1 DER in message signatures only: vouchd finds out and goes on.
. "$(dirname "$0")/lib.sh"
start_all --der-signatures
succeeds vouch-credential-process --role "$ROLE_ARN"
contains "$T/out" '"Version": *1'

# It is remembered: the next call is right at the first attempt.
control /reset-counts '{}' >/dev/null
succeeds vouch-credential-process --role "$ROLE_ARN" --region eu-west-1
equal 1 "$(count vouch.aws_token)" "calls for an AWS token"

# Across a restart too.
contains "$XDG_STATE_HOME/vouch/state.json" '"http_signature": "der"'
stop_agent
start_agent
log_in
control /reset-counts '{}' >/dev/null
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.aws_token)" "calls for an AWS token after the restart"
