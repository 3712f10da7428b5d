#!/bin/bash
# Attack: an AI agent, whose call waits for a person's word, types that word itself, or lifts the lock. (One that hides what it is
# cannot be told from its user: see SECURITY.md.)
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../../e2e/policy.sh"
make_key
start_key
start_sandbox
confirm_role
start_agent
log_in

export CLAUDECODE=1
refused 5 'waits for your word' in_time ask_for_role
equal '["claude-code"]' "$(waiting "[e['agent_source'] for e in w]")" "who asks, as a person sees it"
refused 5 'for a person to say, not for an AI agent' vouchctl confirm 1
printf '%s\n' 'wants => y' >"$T/script"
run "$PYTHON" "$E2E/typist.py" "$T/script" vouchctl confirm
is_waiting 1 || fail "the agent could answer at a terminal"
refused 5 'waits for your word' in_time ask_for_role
succeeds vouchctl lock
refused 5 'for a person to say, not for an AI agent' vouchctl unlock
unset CLAUDECODE
equal true "$(status_json "d['locked']")" "locked"
succeeds vouchctl unlock

# A yes for the agent's call is none for the person's, and the other way round.
refused 5 'confirm 2' in_time ask_for_role
succeeds vouchctl confirm 2
succeeds ask_for_role
CLAUDECODE=1 refused 5 'waits for your word' in_time ask_for_role
