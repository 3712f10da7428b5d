#!/bin/bash
# The member role does not trust the management role: exit code 5 and the command that prints what to add. What it prints,
# put in force as it is, lets the person in.
. "$(dirname "$0")/lib.sh"
. "$E2E/organization.sh"
start_organization
control /trust '{"refuse": true, "permissions": []}' >/dev/null

refused 5 "^vouch-credential-process: AWS refused the second step of the role chain; .*vouchctl trust --role $member$" \
  vouch-credential-process --role "$member"
grep -oE 'vouchctl trust .*$' "$T/err" >"$T/command"

# That very command, word for word as a person would paste it.
PATH=$BIN:$PATH run bash "$T/command"
[ "$status" -eq 0 ] || fail "exit code $status from: $(cat "$T/command")"
contains "$T/out" "trust policy of $member"
contains "$T/out" "permissions of $root"
"$PYTHON" - "$T/out" >"$T/trust.json" <<'PYTHON'
import json, re, sys
text, found = open(sys.argv[1]).read(), []
for start in re.finditer(r"^\{", text, re.M):
    found.append(json.JSONDecoder().raw_decode(text, start.start())[0])
trust, permission = found
assert trust["Condition"] == {"StringLike": {"aws:SourceIdentity": "*@example.com"}}, trust
print(json.dumps({"statements": [trust], "permissions": [permission]}))
PYTHON

# One of the two alone is not enough, both are.
control /trust "$(json '{"statements": d["statements"], "permissions": []}' "$T/trust.json")" >/dev/null
refused 5 'vouchctl trust' vouch-credential-process --role "$member" --region eu-west-1
control /trust "$(json '{"statements": [], "permissions": d["permissions"]}' "$T/trust.json")" >/dev/null
refused 5 'vouchctl trust' vouch-credential-process --role "$member" --region eu-west-2
control /trust "$(cat "$T/trust.json")" >/dev/null
succeeds vouch-credential-process --role "$member" --region eu-west-3
equal "[\"AssumeRole\", \"$member\"]" "$(control /assumed | json "[d[-1]['operation'], d[-1]['role_arn']]")" \
  "the last role assumed"
