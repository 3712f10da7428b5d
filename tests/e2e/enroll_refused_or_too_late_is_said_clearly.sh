#!/bin/bash
# The person refuses in the browser, or never comes; a server that asks to slow down gets fewer calls, for good.
. "$(dirname "$0")/lib.sh"
. "$E2E/account.sh"
make_empty_key
start_key
start_sandbox --device-interval 1
start_agent

start_enroll
decide deny
enrolled 5
contains "$T/err" '^vouchctl: .*refused'
equal None "$(status_json "d['session']")" "session"

# An outage in the middle ends nothing.
start_enroll
wait_until 60 has_waiting_code || fail "no code"
faults '{"vouch": {"mode": "status", "code": 503, "operation": "token", "count": 1}}'
decide approve
enrolled
equal bob@example.com "$(status_json "d['session']['email']")" "user"

# Another server, whose codes are good for six seconds.
start_sandbox --device-interval 1 --device-seconds 6
start_enroll --server "$VOUCH_URL"
enrolled 2
# Told by the server, or, when its answer comes too late for that, by us.
contains "$T/err" '^vouchctl: nobody (entered the code|finished in the browser) in time; run:? vouchctl enroll'
