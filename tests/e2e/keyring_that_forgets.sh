#!/bin/bash
# A keyring that loses what it was given costs a login, nothing else: while vouchd runs nobody notices, and the next login is kept
# again.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring
write_config true
start_agent_well
log_in_well

# Items that are deleted behind its back.
secret-tool clear service vouchd item session
secret-tool clear service vouchd item client_key
succeeds vouch-credential-process --role "$ROLE_ARN"
succeeds vouch-credential-process --role "$ROLE_ARN" --region eu-west-1
succeeds vouchctl logout
contains "$T/out" '^Logged out\.'
kill_agent
start_agent_well
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
log_in_well
equal 2 "$(count vouch.register)" "registrations, for the client key is another"
kill_agent
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"

# The session alone is lost: the client key and its registration go on.
secret-tool clear service vouchd item session
kill_agent
start_agent_well
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
log_in_well

# The client key alone: the session is of no use without it.
secret-tool clear service vouchd item client_key
kill_agent
start_agent_well
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
log_in_well
succeeds vouch-credential-process --role "$ROLE_ARN"

# A collection that lives in memory only, as gnome-keyring has one, and a service that starts again with nothing in it.
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets org.freedesktop.Secret.Service.SetAlias \
  string:default objpath:/org/freedesktop/secrets/collection/session >/dev/null
log_in_well
# The list of the keys comes after a login, and is stored with the session: that would wake a second service later.
keys_are_stored() { [ "$(stored session | json "bool(d['sessions'][0]['keys'])")" = true ]; }
wait_until 60 keys_are_stored || fail "the keys are not stored with the session"
end_at_once "$KEYRING_PID"
rm -rf "$XDG_DATA_HOME/keyrings"
start_keyring
succeeds vouch-credential-process --role "$ROLE_ARN"
log_in_well
[ -n "$(stored session)" ] || fail "the login after the loss was not kept"
kill_agent
start_agent_well
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"  # its client key was lost with the rest
log_in_well
kill_agent
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"
