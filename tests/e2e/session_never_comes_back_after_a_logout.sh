#!/bin/bash
# A logout is for good, whatever happens to vouchd and to the keyring at that moment: killed right after the answer, with the keyring
# locked, stalled or gone. A session that the server has ended, one that is over and one of another server stay away as well.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
first=$VOUCH_URL first_sts=$STS_URL first_control=$CONTROL_URL
start_sandbox
second=$VOUCH_URL second_sts=$STS_URL second_control=$CONTROL_URL
start_bus_and_keyring
write_config true
start_agent_well

ask() { env VOUCH_SERVER="$1" AWS_ENDPOINT_URL_STS="$2" vouch-credential-process --role "$ROLE_ARN"; }
restart() {
  kill_agent
  start_agent_well
}
forgotten() { ! stored session | grep -qF "$first"; }
gone() {
  restart
  refused 2 'not logged in' ask "$first" "$first_sts"
  restart
  refused 2 'not logged in' ask "$first" "$first_sts"
  succeeds ask "$second" "$second_sts"
}

log_in_well --server "$second"
log_in_well --server "$first"
succeeds vouchctl logout --server "$first"
gone  # killed right after the answer

log_in_well --server "$first"
lock_keyring
succeeds vouchctl logout --server "$first"
contains "$T/out" '^Logged out\.'
contains "$T/out" 'the ended session is still in it\. vouchd does not take it up again'
kill_agent
unlock_keyring
stored session | grep -qF "$first" || fail "the keyring does not hold the ended session, so that nothing is shown here"
start_agent_well
gone
wait_until 150 forgotten || fail "the ended session is still in the keyring"

# Put back by whoever has kept a copy of the keyring.
log_in_well --server "$first"
old=$(stored session)
succeeds vouchctl logout --server "$first"
kill_agent
store session "$old"
start_agent_well
gone

log_in_well --server "$first"
kill -STOP "$KEYRING_PID"
succeeds vouchctl logout --server "$first"
contains "$T/out" 'still in it'
kill_agent
kill -CONT "$KEYRING_PID"
start_agent_well
gone

# The save of a login hangs in the service, which does it after the logout.
kill -STOP "$KEYRING_PID"
kill_agent
start_agent
log_in --server "$first"
succeeds vouchctl logout --server "$first"
kill_agent
kill -CONT "$KEYRING_PID"
start_agent_well
refused 2 'not logged in' ask "$first" "$first_sts"
log_in_well --server "$second"  # that login made a client key of its own, to which the stored session is not bound
gone

log_in_well --server "$first"
end_at_once "$BUS_PID"
succeeds vouchctl logout --server "$first"
contains "$T/out" 'still in it'
kill_agent
end_at_once "$KEYRING_PID"
start_bus_and_keyring
stored session | grep -qF "$first" || fail "the keyring does not hold the ended session, so that nothing is shown here"
start_agent_well
gone

# Without a restart: it is removed when the keyring answers again.
log_in_well --server "$first"
lock_keyring
succeeds vouchctl logout --server "$first"
unlock_keyring
log_in_well --server "$first"
succeeds vouchctl logout --server "$first"
wait_until 150 forgotten || fail "the ended session is still in the keyring"

# vouchd that never saw the session, since the keyring was locked when it started.
log_in_well --server "$first"
kill_agent
lock_keyring
start_agent
succeeds vouchctl logout --server "$first"
contains "$T/out" 'Logged out here; the server could not be told'
unlock_keyring
gone

# The server ends it while the keyring hangs.
log_in_well --server "$first"
kill -STOP "$KEYRING_PID"
CONTROL_URL=$first_control control /revoke-sessions '{}' >/dev/null
run ask "$first" "$first_sts"
[ "$status" -ne 0 ] || fail "a revoked session serves"
kill_agent
kill -CONT "$KEYRING_PID"
start_agent_well
gone

# Its time is over while vouchd is away. It may be over before a keyring that is left alone has it: then another one.
CONTROL_URL=$first_control control /seconds '{"session": 45}' >/dev/null
for _ in {1..12}; do
  log_in --server "$first"
  ! wait_until 10 session_is_kept || break
done
session_is_kept || fail "the session is not in the keyring"
kill_agent
sleep 17
start_agent_well
refused 2 'has expired' ask "$first" "$first_sts"
succeeds ask "$second" "$second_sts"

CONTROL_URL=$second_control
succeeds vouchctl logout --all
wait_until 150 holds_no_session || fail "something is left after logout --all"
restart
refused 2 'not logged in' ask "$second" "$second_sts"
