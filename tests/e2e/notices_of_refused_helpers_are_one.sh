#!/bin/bash
# However many helpers are refused, the desktop is told once, of the program that a person knows, until the next login. Off by the
# config, without a restart.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
need_desktop
need aws
make_key
start_key
start_sandbox
start_bus
start_notification_service
start_agent
log_in
write_aws_profile

# Not for vouchctl, whose user reads it.
control /revoke-sessions '{}' >/dev/null
run vouchctl exec --role "$ROLE_ARN" --region "$REGION" -- true
run vouchctl exec --role "$ROLE_ARN" --region "$REGION" -- true
equal 2 "$status" "exit code of vouchctl"
run aws sts get-caller-identity --profile vouch
[ "$status" -ne 0 ] || fail "aws works without a session"
for _ in {1..30}; do
  vouch-credential-process --role "$ROLE_ARN" >/dev/null 2>&1 &
  calls+=("$!")
done
for call in "${calls[@]}"; do
  wait "$call" && fail "a helper works without a session"
done
notice_comes 1
equal 'aws was refused: the server has ended your Vouch session' "$(notices 'n[0]["summary"]')" "the notice"
equal 'To go on, type: vouchctl login' "$(notices 'n[0]["body"]')" "its text"

log_in
notice_goes 1
equal 1 "$(notices 'len(n)')" "notices of 31 refusals"

# Off and on.
printf '\n[notices]\ndesktop = false\n' >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
equal false "$(status_json "d['desktop_notices']")" "what status says of notices that are off"
succeeds vouchctl logout
stop_agent
start_agent # the pause between two notices begins anew
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
sed -i 's/^desktop = false/desktop = true/' "$XDG_CONFIG_HOME/vouch/vouchd.toml"
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
notice_comes 2
equal "$(notices '[n[1]["summary"]]')" '["'"${0##*/}"' was refused: you are not logged in"]' "the notice after it was switched on"
equal 2 "$(notices 'len(n)')" "notices in all"
log_in
notice_goes 2
no_offence
