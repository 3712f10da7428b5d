#!/bin/bash
# No session bus: nothing is started for one and nothing waits. A bus that goes costs nothing, and a new one in its place is used.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox

write_config true
start_agent
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
contains <(status_json "d['store_problem']") 'there is no session bus'
equal file "$(status_json "d['store']")" "store without a bus"
equal '' "$(cat "/proc/$AGENT_PID/task/$AGENT_PID/children")" "children of vouchd"
kill_agent
start_agent
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
stop_agent

start_bus_and_keyring
start_agent_well
[ ! -e "$XDG_DATA_HOME/vouch/client_key.json" ] || fail "the client key did not move into the keyring"
log_in_well
[ -n "$(stored session)" ] || fail "the session is not in the keyring"

# The bus takes the keyring with it; both are there again at the same place.
end_at_once "$BUS_PID"
succeeds vouch-credential-process --role "$ROLE_ARN"
end_at_once "$KEYRING_PID"
start_bus_and_keyring
log_in_well
equal '["secret-service", null]' "$(status_json "[d['store'], d['store_problem']]")" "store on the new bus"
kill_agent
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations"
