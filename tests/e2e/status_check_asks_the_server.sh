#!/bin/bash
# `status` believes the agent, `status --check` asks the server; a session that is gone there is gone here.
. "$(dirname "$0")/lib.sh"
start_all
succeeds vouchctl status --check
contains "$T/out" 'alice@example.com'
equal true "$(vouchctl status --check --json | json "d['checked']['authenticated']")" "checked"
equal None "$(status_json "d['checked']")" "checked without --check"

faults '{"vouch": {"mode": "status", "code": 503, "operation": "status"}}'
run vouchctl status --check
equal 4 "$status" "exit code while the server fails"
equal alice@example.com "$(status_json "d['session']['email']")" "user: an outage ends no session"
faults '{"vouch": {"mode": "none"}}'

control /revoke-sessions '{}' >/dev/null
run vouchctl status --check
equal 2 "$status" "exit code for a session that is gone"
equal None "$(status_json "d['session']")" "session"
refused 2 'vouchctl login' vouch-credential-process --role "$ROLE_ARN"
