#!/bin/bash
# `vouchctl status --json` in each state is what ctl/schema/status.schema.json says, and each member that the schema promises is
# missed when it is not there. Another implementation of JSON Schema is the judge.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import jsonschema' 2>/dev/null || skip "no jsonschema for Python here"

cat >"$T/judge.py" <<'PYTHON'
import copy, json, sys
import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
with open(sys.argv[2]) as file:
    document = json.load(file)
judge = jsonschema.Draft202012Validator(schema)
judge.check_schema(schema)
for error in judge.iter_errors(document):
    sys.exit(f"{error.json_path}: {error.message}")

def objects(value):
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child)

tried = 0
for at, found in enumerate(objects(document)):
    for member in found:
        changed = copy.deepcopy(document)
        del list(objects(changed))[at][member]
        if judge.is_valid(changed):
            sys.exit(f"nobody misses {member}")
        tried += 1
changed = copy.deepcopy(document)
changed["new_member"] = changed["agent"]["new_member"] = 1
if not judge.is_valid(changed):
    sys.exit("a new member breaks readers")
print(tried)
PYTHON

# fits STATE EXPRESSION [flag…]: it does, and the state is what it should be.
fits() {
  local state=$1 expression=$2
  shift 2
  run vouchctl status --json "$@"
  [ -s "$T/out" ] || fail "no output when $state"
  cp "$T/out" "$T/status.json"
  equal True "$(json "str($expression)" "$T/status.json")" "$state"
  run "$PYTHON" "$T/judge.py" "$TESTS/../ctl/schema/status.schema.json" "$T/status.json"
  equal 0 "$status" "the judge when $state ($(cat "$T/err"))"
  [ "$(cat "$T/out")" -ge 18 ] || fail "hardly any member when $state"
}

make_key
start_key
start_sandbox
start_agent
fits "logged out" "d['session'] is None and d['keys'] == []"
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
fits "logged in" "len(d['credentials']) == 2"
fits "checked" "d['checked']['authenticated']" --check

# What the server told of the keys comes a moment after the login, and stays what it is there.
keys_are() { [ "$(status_json "[(k['name'], k['used_for_login']) for k in d['keys']]")" = "$1" ]; }
wait_until 60 keys_are '[["Security key", true]]' || fail "the keys are not known: $(status_json "d['keys']")"
equal 1 "$(count vouch.keys)" "calls for the keys"
succeeds vouchctl keys rename "Security key" "Blue key"
keys_are '[["Blue key", true]]' || fail "the new name is not known"
fits "the keys are known" "len(d['keys']) == 1"

# A file of settings that is wrong now.
cp "$XDG_CONFIG_HOME/vouch/vouchd.toml" "$T/vouchd.toml"
printf 'server = \n' >"$T/wrong.toml"
mv "$T/wrong.toml" "$XDG_CONFIG_HOME/vouch/vouchd.toml"
fits "the settings are wrong" "'vouchd.toml' in d['config_problem']"
mv "$T/vouchd.toml" "$XDG_CONFIG_HOME/vouch/vouchd.toml"
fits "the settings are right again" "d['config_problem'] is None"

faults '{"vouch": {"mode": "down"}}'
fits "the server does not answer" "d['checked']['failure'] == 'unreachable'" --check
faults '{"vouch": {"mode": "none"}}'
control /revoke-sessions '{}' >/dev/null
fits "the server has ended the session" "d['session'] is None" --check

# A credential with 10 of its 60 minutes left is to be renewed, which STS refuses to do. vouchd learns how late it is from a
# refusal of another role; a call makes it look at once.
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
faults '{"sts": {"mode": "status", "code": 503}}'
control /clock '{"skew_seconds": 3000}' >/dev/null
run vouch-credential-process --role "${ROLE_ARN%/*}/Load-1"
succeeds vouch-credential-process --role "$ROLE_ARN"
degraded() { [ "$(status_json "any(c['degraded'] for c in d['credentials'])")" = true ]; }
wait_until 60 degraded || fail "the credential is not degraded: $(status_json "d['credentials']")"
fits "degraded" "any(c['degraded_reason'] == 'upstream' for c in d['credentials'])"
faults '{"sts": {"mode": "none"}}'

# Eight hours after the login, which vouchd learns from whatever the server answers.
faults '{"vouch": {"mode": "status", "code": 503}}'
control /clock '{"skew_seconds": 28801}' >/dev/null
run vouchctl status --check
fits "expired" "d['session'] is None"
faults '{"vouch": {"mode": "none"}}'
control /clock '{"skew_seconds": 0}' >/dev/null

# Without a bus there is no keyring, and status says why.
stop_agent
write_config true
DBUS_SESSION_BUS_ADDRESS=unix:path=$T/no-bus start_agent
fits "there is no keyring" "'keyring' in d['store_problem'] and d['store'] == 'file'"
