#!/bin/bash
# The Vouch server is away: at login, and later when a role is asked for that is not in the cache.
. "$(dirname "$0")/lib.sh"
start_all
faults '{"vouch": {"mode": "down"}}'

login_refused 4 '^vouchctl: .*(reach|connect).*; ' "$PIN"
refused 4 '^vouch-credential-process: .*(reach|connect).*; ' vouch-credential-process --role "$ROLE_ARN"

# The failed login did not cost the session, and the server's return needs no action.
equal alice@example.com "$(status_json "d['session']['email']")" "user"
faults '{"vouch": {"mode": "none"}}'
works() { "$BIN/vouch-credential-process" --role "$ROLE_ARN" >/dev/null; }
wait_until 10 works || fail "no credentials after the server came back"
