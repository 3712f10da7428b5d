#!/bin/bash
# A program of yours says that it runs a script on a file system which it has made itself, and which answers nothing. vouchd looks
# for the script, for the audit log, and does not wait for ever: not for that line, not for the next, not when it is stopped.
# The script's own mount namespace has the file system, and vouchd, too.
if [ -z "${VOUCH_MOUNTS:-}" ] && VOUCH_MOUNTS=own unshare --mount true 2>/dev/null; then
  VOUCH_MOUNTS=own exec unshare --mount bash "$0"
fi
. "$(dirname "$0")/../../e2e/lib.sh"
[ "$(id -u)" -eq 0 ] || skip "only root mounts without a helper"
[ -c /dev/fuse ] || skip "there is no FUSE here"
mkdir "$T/silent"
"$PYTHON" "$TESTS/security/same_user/silent_files.py" "$T/silent" >"$T/silent.out" 2>"$T/silent.err" &
started+=("$!")
wait_until 10 is_ready "$T/silent.out" || skip "no mount: $(cat "$T/silent.err")"
status=0
timeout 1 stat "$T/silent/script" >/dev/null 2>&1 || status=$?
equal 124 "$status" "a look at the file system, which has to hang, or it would show nothing"

log=$XDG_STATE_HOME/vouch/audit.log
lines() { grep -c "\"event\":\"aws\".*\"executable\":\"$1" "$log"; }
has_lines() { [ "$(lines "$1")" -eq "$2" ]; }

# The search for leaks would stop every thread first, also the one that waits.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
start_all
# A shell that has its commands from standard input, and says that the script is its own name for them. It stays until it was looked
# for: of who is gone, only what the socket told is known.
cp /bin/bash "$T/sh"
cat >"$T/commands" <<COMMANDS
vouch-credential-process --role $ROLE_ARN; code=\$?
for _ in {1..100}; do [ "\$(cat '$log' 2>/dev/null | grep -c '"event":"aws"')" -lt "\$LINES_THEN" ] || break; sleep 0.05; done
exit \$code
COMMANDS
LINES_THEN=1 input=$T/commands succeeds timeout 30 "$T/sh" -s "$T/silent/script"
wait_until 30 has_lines "$T/silent/script" 1 || fail "the audit log has no line of it"
LINES_THEN=2 input=$T/commands succeeds timeout 30 "$T/sh" -s "$T/other"
wait_until 30 has_lines "" 2 || fail "the audit log has no line of the next"

# With a policy it is the hand-out that looks.
printf '[policy]\ndefault = "deny"\n[[policy.rules]]\nexecutables = ["%s"]\naction = "allow"\n' "$T/allowed" \
  >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
LINES_THEN=3 input=$T/commands run timeout 30 "$T/sh" -s "$T/silent/script"
case $status in
  0 | 124) fail "exit code $status under a policy" ;;
esac
run timeout 20 "$BIN/vouchctl" status
equal 0 "$status" "the status meanwhile"

start=$SECONDS
stop_agent
equal 0 "$status" "the exit code of vouchd"
[ $((SECONDS - start)) -le 30 ] || fail "vouchd took $((SECONDS - start)) s to stop"
