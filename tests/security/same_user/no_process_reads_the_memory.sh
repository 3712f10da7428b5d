#!/bin/bash
# Another process of the same user tries to look into vouchd, into vouchctl while it waits for the PIN, and into a helper to
# which an answer is on its way: by ptrace, by reading its memory, environment and descriptors, by a core of gcore's. Each is
# refused; the same ways lead into a process that does not defend itself.
. "$(dirname "$0")/../ordinary_user.sh"
. "$(dirname "$0")/../../e2e/lib.sh"
LOOK=$TESTS/security/same_user/look_into.py

look_into() { "$PYTHON" "$LOOK" "$1" >"$T/out" 2>"$T/err" || fail "look_into.py failed"; }

# refuses PID NAME
refuses() {
  kill -0 "$1" || fail "$2 has ended"
  look_into "$1"
  ! grep ' granted$' "$T/out" || fail "$2: another process can look into it"
  ! command -v gcore >/dev/null || grep -q '^gcore refused' "$T/out" || fail "$2: gcore"
  [ "$(grep -c ' refused: ' "$T/out")" -ge 10 ] || fail "$2: fewer ways refused than there are"
  kill -0 "$1" || fail "$2 has ended"
}

# What could be read, if nothing were done about it. With Yama a process may look into its own children only, so that it
# refuses some of these as well.
sleep 60 &
plain=$!
started+=("$plain")
is_sleep() { [ "$(cat "/proc/$plain/comm")" = sleep ]; }
wait_until 30 is_sleep || fail "no process to compare with"
look_into "$plain"
for way in /proc/PID/environ /proc/PID/maps /proc/PID/mem process_vm_readv PTRACE_ATTACH PTRACE_SEIZE pidfd_getfd; do
  grep -qx "$way granted" "$T/out" || [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -ge 1 ] ||
    fail "$way does not lead into a process that does not defend itself, so nothing is tested here"
done
grep -q ' granted$' "$T/out" || skip "this system lets no process look into another one"

make_key
start_key
start_sandbox
start_agent
refuses "$AGENT_PID" vouchd

# The PIN is asked for on standard input, and comes in two parts: it has the first when nothing is left to be read.
mkfifo "$T/pin"
exec 8<>"$T/pin"
printf %s "${PIN:0:6}" >&8
"$BIN/vouchctl" login <&8 >"$T/login.out" 2>"$T/login.err" &
login=$!
started+=("$login")
waits_for_the_rest() { ! read -r -t 0 -u 8; }
wait_until 30 waits_for_the_rest || fail "vouchctl does not wait for a PIN"
refuses "$login" vouchctl
printf '%s\n' "${PIN:6}" >&8
wait "$login" || fail "the login failed: $(cat "$T/login.err")"

# A helper gives up after 5 s, so it is stopped; on a busy machine not before that, perhaps, but the next one is.
"$PYTHON" "$TESTS/security/same_user/stalling.py" "$T/stalling.sock" &
started+=("$!")
wait_until 30 test -S "$T/stalling.sock" || fail "the stalling server did not start"
start_helper() {
  rm -f "$T/stalling.sock.sent"
  VOUCH_SOCKET=$T/stalling.sock "$BIN/vouch-credential-process" --role "$ROLE_ARN" >/dev/null 2>&1 &
  helper=$!
  started+=("$helper")
  wait_until 30 asked_or_ended
  kill -STOP "$helper" || true
  wait_until 5 is_stopped
}
asked_or_ended() { [ -e "$T/stalling.sock.sent" ] || ! kill -0 "$helper"; }
is_stopped() { grep -q '^State:[[:space:]]*T' "/proc/$helper/status"; }
start_helper || start_helper || start_helper || fail "no helper could be stopped"
refuses "$helper" vouch-credential-process
kill -CONT "$helper"

# A command that gets the credentials by its environment is a program like any other: it can be debugged, and has the limit on
# cores that the caller had.
caller=$(ulimit -c)
# shellcheck disable=SC2016 # expanded by the command
succeeds vouchctl exec --role "$ROLE_ARN" --region "$REGION" -- \
  sh -c 'ulimit -c; '"$PYTHON"' -c "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"'
equal "$caller 1" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')" "limit on cores and dumpability under vouchctl exec"
