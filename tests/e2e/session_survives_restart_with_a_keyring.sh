#!/bin/bash
# With a Secret Service the session outlives vouchd: after a restart no second login is needed, and nothing secret is in a file.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring

write_config true
start_agent_well
log_in_well
succeeds vouch-credential-process --role "$ROLE_ARN"
stop_agent
equal 0 "$status" "exit code of vouchd"

start_agent_well
equal alice@example.com "$(status_json "d['session']['email']")" "user after the restart"
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations"
[ ! -e "$XDG_DATA_HOME/vouch/client_key.json" ] || fail "the client key is in a file in spite of the keyring"
! grep -rqE 'eyJ[A-Za-z0-9_-]{20}' "$XDG_STATE_HOME/vouch" || fail "a token is in the state folder"

vouchctl logout >/dev/null
stop_agent
start_agent_well
refused 2 'login' vouch-credential-process --role "$ROLE_ARN"

# By default GLib ends every process that has used a session bus which is gone.
log_in_well
succeeds vouch-credential-process --role "$ROLE_ARN"
end_at_once "$BUS_PID"
succeeds vouch-credential-process --role "$ROLE_ARN"
vouchctl logout >/dev/null  # asks the keyring, too
kill -0 "$AGENT_PID" || fail "vouchd has ended with the bus"
