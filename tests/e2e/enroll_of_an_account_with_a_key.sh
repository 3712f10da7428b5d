#!/bin/bash
# Enrolling another machine: the account has a key already, so none is registered, and the session is ready at once.
. "$(dirname "$0")/lib.sh"
. "$E2E/account.sh"
make_key
start_key
start_sandbox --device-interval 1
start_agent

start_enroll --server "$VOUCH_URL"
decide approve alice@example.com
enrolled
equal alice@example.com "$(status_json "d['session']['email']")" "user"
equal 0 "$(count vouch.key_complete)" "keys registered"
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
