#!/bin/bash
# With a Secret Service the session outlives vouchd: after a restart no second login is needed, and nothing secret is in a file.
. "$(dirname "$0")/lib.sh"
need dbus-daemon dbus-send gnome-keyring-daemon secret-tool
make_key
start_key
start_sandbox

dbus-daemon --session --nofork --nopidfile --print-address=1 >"$T/bus" 2>>"$T/bus.log" &
bus=$!
started+=("$bus")
wait_until 10 test -s "$T/bus" || fail "no session bus"
DBUS_SESSION_BUS_ADDRESS=$(cat "$T/bus")
export DBUS_SESSION_BUS_ADDRESS
printf 'the keyring password' >"$T/keyring-password"
gnome-keyring-daemon --unlock --foreground --components=secrets <"$T/keyring-password" >>"$T/bus.log" 2>&1 &
started+=("$!")
# Asked of the bus, not of the service: a call to that would make the bus start a second, locked one.
has_owner() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q 'boolean true'
}
wait_until 20 has_owner || { cat "$T/bus.log" >&2 && fail "gnome-keyring does not start"; }
printf x | secret-tool store --label=probe probe probe || { cat "$T/bus.log" >&2 && fail "gnome-keyring takes no secret"; }

write_config true
start_agent
log_in
equal secret-service "$(status_json "d['store']")" "store"
succeeds vouch-credential-process --role "$ROLE_ARN"
stop_agent
equal 0 "$status" "exit code of vouchd"

start_agent
equal alice@example.com "$(status_json "d['session']['email']")" "user after the restart"
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations"
[ ! -e "$XDG_DATA_HOME/vouch/client_key.json" ] || fail "the client key is in a file in spite of the keyring"
! grep -rqE 'eyJ[A-Za-z0-9_-]{20}' "$XDG_STATE_HOME/vouch" || fail "a token is in the state folder"

vouchctl logout >/dev/null
stop_agent
start_agent
refused 2 'login' vouch-credential-process --role "$ROLE_ARN"

# By default GLib ends every process that has used a session bus which is gone.
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
kill -KILL "$bus"
wait "$bus" 2>/dev/null || true
succeeds vouch-credential-process --role "$ROLE_ARN"
vouchctl logout >/dev/null  # asks the keyring, too
kill -0 "$AGENT_PID" || fail "vouchd has ended with the bus"
