#!/bin/bash
# 30 and 5 minutes before a session ends the desktop is told: by a second notice in the place of the first, with the time that is
# left and the command to type. A login takes it away, and so does a logout and the end of vouchd.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
need_desktop
make_key
start_key
start_sandbox --session-seconds 1833
start_bus
start_notification_service
start_agent
equal true "$(status_json "d['desktop_notices']")" "what status says of notices"
log_in

notice_comes 1
equal 'Your Vouch session ends in 30 minutes' "$(notices 'n[0]["summary"]')" "the first notice"
equal 'To go on without a break, type: vouchctl login' "$(notices 'n[0]["body"]')" "its text"
equal '["Vouch", 0, [], 1, "sh.vouch.vouchd", "x-vouch.session-ends"]' \
  "$(notices '[n[0]["app"], n[0]["replaces"], n[0]["actions"]] + [n[0]["hints"][h] for h in ("urgency", "desktop-entry", "category")]')" \
  "what the desktop knows of it"

# A server is named where there are two. The first one's clock goes ahead, and vouchd learns it from the next answer; a login
# makes it look at once.
first=$VOUCH_URL first_control=$CONTROL_URL
start_sandbox
log_in --server "$VOUCH_URL"
CONTROL_URL=$first_control control /clock '{"skew_seconds": 1530}' >/dev/null
succeeds vouchctl status --server "$first" --check
log_in --server "$VOUCH_URL"
notice_comes 2
equal "Your Vouch session at ${first#http://} ends in 4 minutes" "$(notices 'n[1]["summary"]')" "the second notice"
equal "To go on without a break, type: vouchctl login --server $first" "$(notices 'n[1]["body"]')" "its text"
equal "$(notices '[n[0]["id"], 2]')" "$(notices '[n[1]["replaces"], n[1]["hints"]["urgency"]]')" "what the second replaces"

log_in --server "$first"
notice_goes 1
equal "$(notices '[n[0]["id"]]')" "$(notices c)" "what the login withdraws"
notice_comes 3
succeeds vouchctl logout --server "$first"
notice_goes 2
log_in --server "$first"
notice_comes 4
stop_agent
equal 0 "$status" "exit code of vouchd"
notice_goes 3
no_offence
