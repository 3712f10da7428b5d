#!/bin/bash
# A wrong PIN: how many tries are left, and no session. The right one afterwards works.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
start_agent

login_refused 1 '^vouchctl: wrong PIN, 7 tries left.*; .*vouchctl login' 97531-not-the-pin
login_refused 1 '^vouchctl: wrong PIN, 6 tries left.*; .*vouchctl login' 97531-not-the-pin
! grep -q 97531 "$T/err" || fail "the PIN was printed"
equal None "$(status_json "d['session']")" "session"

log_in
equal alice@example.com "$(status_json "d['session']['email']")" "user"
