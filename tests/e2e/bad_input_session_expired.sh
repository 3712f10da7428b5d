#!/bin/bash
# A session that ended by time: said so, not merely "not logged in"; nothing that came from it is handed out any more.
. "$(dirname "$0")/lib.sh"
start_all --session-seconds 4
succeeds vouch-credential-process --role "$ROLE_ARN"

has_expired() { [ "$(status_json "d['session']")" = None ]; }
wait_until 15 has_expired || fail "the session did not expire"
refused 2 'session.*expired.*; run: vouchctl login' vouch-credential-process --role "$ROLE_ARN"
