#!/bin/bash
# vouchd is killed at every bad moment, and started again by hand or by its socket: the session is back without a touch, and without a
# second registration. A login that was not finished has simply to be done again.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
need systemd-socket-activate
make_key
start_key
start_sandbox
start_bus_and_keyring
write_config true
start_agent_well
log_in_well

environment=(-E "DBUS_SESSION_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS")
for name in HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME ASAN_OPTIONS LSAN_OPTIONS; do
  [ -z "${!name:-}" ] || environment+=(-E "$name=${!name}")
done
# systemd holds the socket; vouchd starts with the first call.
start_by_socket() {
  rm -f "$SOCKET"
  (umask 0177 && exec systemd-socket-activate -l "$SOCKET" "${environment[@]}" "$BIN/vouchd") \
    </dev/null >>"$T/vouchd.log" 2>&1 &
  AGENT_PID=$!
  started+=("$AGENT_PID")
  wait_until 60 test -S "$SOCKET" || fail "systemd-socket-activate did not bind the socket"
}
keyring_is_late() { tail -n 5 "$T/vouchd.log" | grep -q 'did not answer within a second'; }
is_back() {
  local logins try
  kill_agent
  logins=$(count vouch.token_fido2)
  start_agent_well
  succeeds vouch-credential-process --role "$ROLE_ARN"
  for try in 1 2 3; do
    kill_agent
    start_by_socket
    run vouch-credential-process --role "$ROLE_ARN"  # the very call that starts it
    [ "$status" -ne 0 ] && grep -q 'no answer .* in time' "$T/err" || break  # its five seconds went by meanwhile
  done
  [ "$status" -eq 0 ] || keyring_is_late || fail "the call that started vouchd was refused, in try $try: $1"
  wait_until 150 logged_in || fail "the session is not back: $1"
  equal "$logins" "$(count vouch.token_fido2)" "logins: $1"
  equal 1 "$(count vouch.register)" "registrations: $1"
}

is_back "right after the login"

succeeds vouch-credential-process --role "$ROLE_ARN"
faults '{"sts": {"mode": "delay", "seconds": 2, "count": 1}}'
before=$(count sts.AssumeRoleWithWebIdentity)
started_fetching() { [ "$(count sts.AssumeRoleWithWebIdentity)" -gt "$before" ]; }
vouch-credential-process --role "$ROLE_ARN" --region eu-west-1 >/dev/null 2>&1 &
call=$!
wait_until 60 started_fetching || fail "nothing was fetched"
is_back "while it fetched a credential"
wait "$call" || true
faults '{"sts": {"mode": "none"}}'

# A login that is killed in its middle leaves the session that was there.
printf '%s\n' "$PIN" >"$T/pin"
faults '{"vouch": {"mode": "delay", "seconds": 2, "count": 1, "operation": "token_fido2"}}'
before=$(count vouch.token_fido2)
asked_to_log_in() { [ "$(count vouch.token_fido2)" -gt "$before" ]; }
vouchctl login <"$T/pin" >/dev/null 2>&1 &
call=$!
wait_until 60 asked_to_log_in || fail "the login did not come to its middle"
is_back "in the middle of a login"
wait "$call" || true
faults '{"vouch": {"mode": "none"}}'

# While the keyring writes: the service is stopped when the login's item comes, and vouchd killed before it is kept.
kill -STOP "$KEYRING_PID"
log_in
kill_agent
kill -CONT "$KEYRING_PID"
is_back "in the middle of a write to the keyring"  # the one from before, or the new one
log_in_well
is_back "at the end"

# Killed at any moment of a login, twenty times: the old session or the new one, never none.
for try in {1..20}; do
  vouchctl login <"$T/pin" >/dev/null 2>&1 &
  call=$!
  sleep "0.$(printf '%03d' "$((try * 17))")"
  kill_agent
  wait "$call" || true
  start_agent_well
  succeeds vouch-credential-process --role "$ROLE_ARN"
done
equal 1 "$(count vouch.register)" "registrations after the storm"
