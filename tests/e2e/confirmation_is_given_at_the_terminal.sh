#!/bin/bash
# Without a desktop: a caller that needs a person's word is refused after four seconds with the command to type; then it gets what it
# wants, for as long as the config says, and until a logout. An AI agent cannot give the word.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/policy.sh"
make_key
start_key
start_sandbox
confirm_role
start_agent
log_in

succeeds vouchctl confirm
equal 'Nothing waits for your word.' "$(cat "$T/out")" "nothing"
before=$(date +%s%3N)
refused 5 'vouchd waits for your word on this; run: vouchctl confirm 1, and try again' ask_for_role
after=$(date +%s%3N)
[ $((after - before)) -ge 3900 ] || fail "the caller waited for $((after - before)) ms only"
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

# Many callers, one question; the yes reaches all that wait.
succeeds vouchctl logout
log_in
for _ in {1..20}; do
  ask_for_role >/dev/null 2>&1 &
  calls+=("$!")
done
wait_until 3 is_waiting 1 || fail "no question"
succeeds vouchctl confirm 2
for call in "${calls[@]}"; do
  wait "$call" || fail "a caller that waited got nothing"
done

# Once only, where nothing is remembered; a late yes is for the next call.
confirm_role 0
succeeds vouchctl logout
log_in
refused 5 'confirm 3' ask_for_role
succeeds vouchctl confirm 3
contains "$T/out" '^Allowed: '
succeeds ask_for_role
refused 5 'confirm 4' ask_for_role
succeeds vouchctl confirm --deny
contains "$T/out" '^Denied: '
refused 5 'a person said no to this' ask_for_role

# The audit log has it all.
succeeds vouchctl audit --json
equal '[["ok", "terminal"], ["ok", "terminal"], ["ok", "terminal"], ["not_confirmed", "terminal"]]' \
  "$("$PYTHON" -c 'import json, sys
print(json.dumps([[d["result"], d["way"]] for d in map(json.loads, open(sys.argv[1])) if d["event"] == "confirm"]))' "$T/out")" "words in the log"
