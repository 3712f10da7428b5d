#!/bin/bash
# The server ends the session: the next fetch says so, and nothing of it is handed out afterwards.
. "$(dirname "$0")/lib.sh"
start_all
succeeds vouch-credential-process --role "$ROLE_ARN"
control /revoke-sessions '{}' >/dev/null

refused 2 'vouchctl login' vouch-credential-process --role "$ROLE_ARN" --region eu-west-1
refused 2 'vouchctl login' vouch-credential-process --role "$ROLE_ARN"
equal None "$(status_json "d['session']")" "session"
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
