#!/bin/bash
# `vouchctl lock` is seen in status, at the prompt, in doctor and by `vouchctl require`, each with what lifts it; the desktop is not
# told, for it was the person's wish.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
need_desktop
make_key
start_key
start_sandbox
start_bus
start_notification_service
start_agent
log_in

succeeds vouchctl unlock
equal 'vouchd was not locked.' "$(cat "$T/out")" "unlock without a lock"
succeeds vouchctl lock
contains "$T/out" '^Locked: nothing is handed out until you run: vouchctl unlock$'
succeeds vouchctl lock
contains "$T/out" '^vouchd was locked already: nothing is handed out until you run: vouchctl unlock$'
succeeds vouchctl status
contains "$T/out" '^Locked      nothing is handed out; lifted by: vouchctl unlock$'
equal '[true, false]' "$(status_json "[d['locked'], d['locked_until_login']]")" "status --json"
# These two wait for vouchd for a quarter of a second only.
says() { run "${@:2}" && [ "$status" -eq 0 ] && [ ! -s "$T/err" ] && grep -qE -- "$1" "$T/out"; }
wait_until 60 says '^alice@example.com [0-9hm]+ locked$' vouchctl status --short || fail "status --short"
wait_until 60 says '^VOUCH_LOCKED=1$' vouchctl status --format shell || fail "status --format shell"
run vouchctl doctor
equal 1 "$status" "exit code of doctor"
contains "$T/out" 'run: vouchctl unlock'
refused 5 '^vouchctl: vouchd is locked; run: vouchctl unlock' vouchctl require --for 1h
refused 5 'vouchd is locked; run: vouchctl unlock' vouch-credential-process --role "$ROLE_ARN"

CLAUDECODE=1 refused 5 'this is for a person to say' vouchctl unlock
succeeds vouchctl unlock
equal 'Unlocked.' "$(cat "$T/out")" "unlock"
succeeds vouch-credential-process --role "$ROLE_ARN"
succeeds vouchctl status
! grep -q Locked "$T/out" || fail "status still says that it is locked"

# Until a login.
succeeds vouchctl lock --until-login
contains "$T/out" '^Locked: nothing is handed out until you run: vouchctl login --server http'
equal '[true, true]' "$(status_json "[d['locked'], d['locked_until_login']]")" "status --json of a lock until the login"
refused 7 'login' vouchctl unlock
refused 5 'run: vouchctl login' vouch-credential-process --role "$ROLE_ARN"
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 0 "$(notices 'len(n)')" "notices of a lock"
