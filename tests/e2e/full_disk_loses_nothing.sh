#!/bin/bash
# The disk with the state is full: what was there stays whole, logins and credentials work, a logout is for good, and status says what
# will not outlive vouchd. With room again everything is kept again.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
need unshare nsenter mount
[ "$(id -u)" -eq 0 ] || skip "only root can mount"
make_key
start_key
start_sandbox
start_bus_and_keyring
write_config true

# A file system of a few pages, in a namespace that vouchd shares with nobody else.
(umask 0077 && mkdir -p "$XDG_STATE_HOME/vouch")
unshare -m sh -c "mount -t tmpfs -o size=64k,mode=0700 tmpfs '$XDG_STATE_HOME/vouch' && exec sleep 900" 2>/dev/null &
HOLDER=$!
started+=("$HOLDER")
is_mounted() { grep -q " $XDG_STATE_HOME/vouch tmpfs " "/proc/$HOLDER/mounts"; }
wait_until 60 is_mounted || skip "no mount namespaces here"
disk=/proc/$HOLDER/root$XDG_STATE_HOME/vouch
start_agent_there() {
  for _ in 1 2 3; do  # again, where the keyring took more than its second
    nsenter -t "$HOLDER" -m "$BIN/vouchd" </dev/null >>"$T/vouchd.log" 2>&1 &
    AGENT_PID=$!
    started+=("$AGENT_PID")
    wait_until 60 agent_answers || fail "vouchd did not start"
    ! wait_until 5 keyring_is_read || return 0
    kill_agent
  done
  fail "the keyring was not read"
}
fill() { dd if=/dev/zero of="$disk/ballast" bs=1k 2>/dev/null || true; }

start_agent_there
log_in_well
kill_agent
start_agent_there
succeeds vouch-credential-process --role "$ROLE_ARN"

# The logout is for good by the keyring's help alone. Where that took its time, which is said, another try.
for _ in 1 2 3; do
  cp "$disk/state.json" "$T/state.before"
  fill
  succeeds vouchctl server use "$VOUCH_URL"
  log_in
  succeeds vouch-credential-process --role "$ROLE_ARN"
  cmp -s "$disk/state.json" "$T/state.before" || fail "the state is another, or torn"
  [ ! -e "$disk/state.json.new" ] || fail "a piece of the new state is left"
  equal false "$(status_json "d['session_persists']")" "whether status says that the session persists"
  succeeds vouchctl logout
  grep -q 'the session may come back' "$T/out" || break
  rm "$disk/ballast"
  log_in_well
done
contains "$T/out" '^Logged out\.$'
kill_agent
start_agent_there
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"

# The disk and the keyring at once: that cannot be promised any more, and is said.
rm "$disk/ballast"
log_in_well
fill
lock_keyring
succeeds vouchctl logout
contains "$T/out" 'the session may come back when vouchd starts again'
rm "$disk/ballast"
unlock_keyring
succeeds vouchctl logout
kill_agent
start_agent_there
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"

log_in_well
kill_agent
start_agent_there
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations"
