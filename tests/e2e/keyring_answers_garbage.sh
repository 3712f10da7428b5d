#!/bin/bash
# Whatever the keyring gives back, vouchd starts and says what to do; a session that is damaged, of another version, of another server or
# of another user is not taken up.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring
write_config true
start_agent_well
log_in_well
session=$(stored session) key=$(stored client_key)
changed() { printf %s "$session" | json "$1"; }  # an expression that gives the document d, changed

kill_agent
store session "$session"
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"  # so that what follows is refused for what was changed

refuses_session() {
  kill_agent
  store session "$1"
  start_agent_well
  refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
}
refuses_session 'not json'
refuses_session "${session:0:${#session}/2}"
refuses_session "$(printf '\033[2J\303\050')"
refuses_session '{"sessions": [{"version": 2, "what": "comes later"}]}'
refuses_session "$(changed '{"sessions": [{**d["sessions"][0], "server": "http://127.0.0.1:9"}]}')"
refuses_session "$(changed '{"sessions": [{**d["sessions"][0], "id": "00000000-0000-4000-8000-000000000000"}]}')"
refuses_session "$(changed '{"sessions": [{**d["sessions"][0], "key_id": "another"}]}')"
! grep -q "$(printf '\033')" "$T/vouchd.log" || fail "what the keyring gave is in the log"
! grep -qF "$(printf %s "$session" | json 'd["sessions"][0]["access_token"]')" "$T/vouchd.log" || fail "a token is in the log"

# One that is good beside one that is not.
kill_agent
store session "$(changed '{"sessions": [{"server": 5}, d["sessions"][0]]}')"
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"

# One whose time is over.
kill_agent
store session "$(changed '{"sessions": [{**d["sessions"][0], "expires_at": 1}]}')"
start_agent_well
refused 2 'has expired' vouch-credential-process --role "$ROLE_ARN"

# A damaged client key is left for a person to look at, and the error says how to get rid of it.
kill_agent
store client_key "${key:0:30}"
start_agent_well
printf '%s\n' "$PIN" >"$T/pin"
input=$T/pin run vouchctl login
equal 6 "$status" "exit code of a login with a damaged key"
contains "$T/err" 'secret-tool clear service vouchd item client_key'
secret-tool clear service vouchd item client_key
log_in_well
succeeds vouch-credential-process --role "$ROLE_ARN"
