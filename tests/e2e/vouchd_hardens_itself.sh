#!/bin/bash
# Before anything else vouchd gives up what it does not need: no core, no new privileges, no access for others, no descriptor
# that it happened to inherit, and (as an ordinary user) no look into its memory. Under journald its lines carry a priority.
. "$(dirname "$0")/lib.sh"

write_config
exec 9<"$0"  # inherited by accident
JOURNAL_STREAM=1:1 "$BIN/vouchd" </dev/null >>"$T/vouchd.log" 2>&1 &
AGENT_PID=$!
started+=("$AGENT_PID")
exec 9<&-
wait_until 10 agent_answers || fail "vouchd did not start"

has() { grep -qE "$2" "/proc/$AGENT_PID/$1" || fail "/proc/…/$1 has no line '$2'"; }
has limits '^Max core file size +0 +0 '
has status '^NoNewPrivs:[[:space:]]+1$'
has status '^Umask:[[:space:]]+0077$'
! find "/proc/$AGENT_PID/fd" -lname "*/$(basename "$0")" | grep -q . || fail "an inherited descriptor is still open"
! grep -qvE '^<[3467]>' "$T/vouchd.log" || fail "a line without a priority"

# The files in /proc of a process that cannot be dumped belong to root.
[ "$(id -u)" -eq 0 ] || { equal 0 "$(stat -c %u "/proc/$AGENT_PID/environ")" "owner of /proc/…/environ" && exit 0; }
need setpriv
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 0755 "$T"
mkdir "$T/nobody" && chmod 0700 "$T/nobody" && chown 65534:65534 "$T/nobody"
"${nobody[@]}" test -x "$BIN/vouchd" || skip "another user cannot run $BIN/vouchd"
# Each of these programs becomes the next one, so the pid is vouchd's own.
"${nobody[@]}" env HOME="$T/nobody" XDG_RUNTIME_DIR="$T/nobody" XDG_CONFIG_HOME="$T/nobody" XDG_STATE_HOME='' XDG_DATA_HOME='' \
  "$BIN/vouchd" </dev/null >>"$T/nobody.log" 2>&1 &
pid=$!
started+=("$pid")
wait_until 10 test -S "$T/nobody/vouch/vouchd.sock" || fail "vouchd did not start as another user: $(cat "$T/nobody.log")"
equal vouchd "$(cat "/proc/$pid/comm")" "program"
equal 65534 "$(awk '$1 == "Uid:" {print $2}' "/proc/$pid/status")" "uid of vouchd"
equal 0 "$(stat -c %u "/proc/$pid/environ")" "owner of /proc/…/environ"
