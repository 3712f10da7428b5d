#!/bin/bash
# Without a desktop: a caller that needs a person's word is refused after four seconds with the command to type; then it gets what it
# wants, for as long as the config says, and until a logout. An AI agent cannot give the word.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/policy.sh"
. "$(dirname "$0")/audit.sh"
make_key
start_key
start_sandbox
confirm_role
start_agent
log_in

succeeds vouchctl confirm
equal 'Nothing waits for your word.' "$(cat "$T/out")" "nothing"
refused 5 'vouchd waits for your word on this; run: vouchctl confirm 1, and try again' in_time ask_for_role
[ "$took" -ge 3900 ] || fail "the caller waited for $took ms only"
equal "[\"$ME\", $$, \"$ROLE_ARN\", null]" "$(waiting "[w[0][k] for k in ('program', 'pid', 'subject', 'agent_source')]")" "what waits"
equal 1 "$(status_json "d['confirmations_waiting']")" "what status says"
run vouchctl status
contains "$T/out" '^Waiting     a program waits for your word; see: vouchctl confirm$'
run vouchctl doctor
contains "$T/out" 'programs wait for your word'
succeeds vouchctl confirm
contains "$T/out" "^1  $ME \(pid $$\) wants $ROLE_ARN, asked "
equal 0 "$(count sts.AssumeRoleWithWebIdentity)" "calls to STS before the word"

# Not for an AI agent, which may say no only.
CLAUDECODE=1 refused 5 'this is for a person to say, not for an AI agent \(claude-code\)' vouchctl confirm 1
refused 1 'confirm' vouchctl confirm 99
refused 6 'not in range' vouchctl confirm 0

# A person at a terminal is asked about the only one.
printf '%s\n' 'Allow it? (yes/no) => yes' >"$T/script"
"$PYTHON" "$E2E/typist.py" "$T/script" vouchctl confirm >"$T/typed" || { cat "$T/typed" >&2 && fail "the person's yes was not taken"; }
contains "$T/typed" "^Allowed: $ME may have $ROLE_ARN until [0-9]"
succeeds ask_for_role
succeeds vouchctl confirm
equal 'Nothing waits for your word.' "$(cat "$T/out")" "nothing any more"

# Many callers, one question; the yes reaches all that wait. Who was told to wait for it asks again; where the yes came
# within their four seconds, nobody was.
succeeds vouchctl logout
log_in
keep_asking() { ask_for_role >/dev/null 2>>"$T/told"; }
start=${EPOCHREALTIME/[.,]/}
for _ in {1..20}; do
  wait_until 60 keep_asking &
  calls+=("$!")
done
wait_until 60 is_waiting 1 || fail "no question"
succeeds vouchctl confirm 2
took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
for call in "${calls[@]}"; do
  wait "$call" || fail "a caller that waited got nothing"
done
[ "$took" -ge 3900 ] || ! grep -q 'waits for your word' "$T/told" || fail "the yes did not reach who waited"

# Once only, where nothing is remembered; a late yes is for the next call.
confirm_role 0
succeeds vouchctl logout
log_in
refused 5 'confirm 3' in_time ask_for_role
succeeds vouchctl confirm 3
contains "$T/out" '^Allowed: '
succeeds ask_for_role
refused 5 'confirm 4' in_time ask_for_role
succeeds vouchctl confirm --deny
contains "$T/out" '^Denied: '
refused 5 'a person said no to this' ask_for_role

# The audit log has it all.
words="[[e['result'], e['way']] for e in d if e['event'] == 'confirm']"
all="[['ok', 'terminal']] * 3 + [['not_confirmed', 'terminal']]"
wait_until 60 audit_has "$words == $all" || fail "words in the log: $(audit "$words")"
