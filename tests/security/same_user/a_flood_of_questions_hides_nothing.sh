#!/bin/bash
# Attack: a program asks for one role after the other, so that a person loses the overview, presses Allow by habit, or vouchd keeps
# ever more. At most three questions are on the screen and 32 in all; who is crowded out is refused.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../../e2e/desktop.sh"
. "$(dirname "$0")/../../e2e/policy.sh"
need_desktop
make_key
start_key
start_sandbox
write_config
printf '\n[policy]\ndefault = "confirm"\n[[policy.rules]]\nroles = ["%s"]\naction = "allow"\n' "$ROLE_ARN" >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
start_bus
start_notification_service
start_agent
log_in
succeeds ask_for_role

for i in {1..40}; do
  vouch-credential-process --role "${ROLE_ARN%/*}/Flood$i" >/dev/null 2>&1 &
  calls+=("$!")
done
wait_until 30 is_waiting 32 || fail "$(waiting 'len(w)') questions wait, not 32"
notice_comes 3
equal 3 "$(notices 'len(n)')" "questions on the screen"
succeeds ask_for_role
for call in "${calls[@]}"; do
  ! wait "$call" || fail "somebody got a role without a word"
done
equal 32 "$(waiting 'len(w)')" "questions"
equal 3 "$(notices 'len(n)')" "questions on the screen after the flood"
no_offence
