#!/bin/bash
# A day of vouchd: login, credentials of every kind, a changed configuration, a restart, logout. It says that it is confined, has no
# device open but null and random numbers, no child, and has changed no file outside of its folders.
. "$(dirname "$0")/lib.sh"
! has_sanitizers || skip "a build with a sanitizer does not confine itself"
has_landlock || skip "this kernel has no Landlock"

# Every file below the folder of this test and the user's temporary one, with its time, size and mode; vouchd's own are left out, and
# so is what the test itself writes.
everything() {
  find "$HOME" "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR" -mindepth 1 \
    \( -path "$XDG_STATE_HOME" -o -path "$XDG_DATA_HOME" -o -path "$XDG_RUNTIME_DIR/vouch" \) -prune -o -printf '%p %T@ %s %m\n' | sort
}
# devices: what it has open below /dev, but for the two that tell nothing.
devices() { find "/proc/$AGENT_PID/fd" -lname '/dev/*' -printf '%l\n' | grep -vxE '/dev/(null|u?random)' || true; }
look() {
  equal "" "$(devices)" "devices that are open $1"
  equal "" "$(cat "/proc/$AGENT_PID/task"/*/children)" "children $1"
}

mkdir -p "$XDG_STATE_HOME" "$XDG_DATA_HOME" "$HOME/.ssh"
echo "export PATH" >"$HOME/.bashrc"
make_key
start_key
start_sandbox
write_config
everything >"$T/before"
start_agent
contains "$T/vouchd.log" 'confined: files by Landlock \(version [1-9][0-9]*\), system calls by a filter$'
for thread in "/proc/$AGENT_PID/task"/*; do
  grep -qE '^Seccomp:[[:space:]]+2$' "$thread/status" || [ ! -e "$thread" ] ||  # it may have ended meanwhile
    fail "thread ${thread##*/} has no filter of system calls"
done
look "at the start"

log_in
succeeds "$BIN/vouch-credential-process" --role "$ROLE_ARN"
succeeds "$BIN/vouch-exec-credential" eks --cluster "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
succeeds "$BIN/vouch-exec-credential" k8s --cluster demo --audience kubernetes
look "with credentials"
echo '# changed' >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
succeeds "$BIN/vouchctl" status --json
contains "$T/vouchd.log" 'has changed and was read again'
sed -i '$d' "$XDG_CONFIG_HOME/vouch/vouchd.toml"
succeeds "$BIN/vouchctl" logout
look "after the logout"
[ -s "$XDG_STATE_HOME/vouch/state.json" ] || fail "nothing was kept, so nothing was tried"
[ -s "$XDG_DATA_HOME/vouch/client_key.json" ] || fail "no key was kept, so nothing was tried"
stop_agent
equal 0 "$status" "exit code of vouchd"
[ ! -e "$SOCKET" ] || fail "the socket is still there"

everything | grep -v "^$XDG_CONFIG_HOME/vouch" >"$T/after"
grep -v "^$XDG_CONFIG_HOME/vouch" "$T/before" | diff - "$T/after" >"$T/out" || fail "changed outside of vouchd's folders"
