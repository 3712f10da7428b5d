#!/bin/bash
# A session that ended by time: said so, not merely "not logged in"; nothing that came from it is handed out any more.
. "$(dirname "$0")/lib.sh"
start_all --session-seconds 600
succeeds vouch-credential-process --role "$ROLE_ARN"  # good for an hour

# The clock that counts is the server's. vouchd learns it from any answer, here one that says nothing of the session.
faults '{"vouch": {"mode": "status", "code": 503}}'
control /clock '{"skew_seconds": 601}' >/dev/null
run vouchctl status --check
equal None "$(status_json "d['session']")" "the session, ten minutes later"
refused 2 'session.*expired.*; run: vouchctl login' vouch-credential-process --role "$ROLE_ARN"
