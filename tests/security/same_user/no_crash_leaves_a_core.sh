#!/bin/bash
# vouchd, vouchctl at the PIN and a helper to which an answer is on its way are killed by signals that write a core, with a caller that
# allows cores of any size. None is written; one is of a program that does not defend itself.
. "$(dirname "$0")/../../e2e/lib.sh"
CRASH=$TESTS/security/same_user/crash.py
! grep -q __asan_init "$BIN/vouchd" || skip "a sanitizer catches the signals"
cd "$T"

# no_core NAME SIGNAL UNTIL COMMAND…
no_core() {
  local name=$1 signal=$2
  shift
  succeeds "$PYTHON" "$CRASH" "$@"
  equal "no core" "$(cat "$T/out")" "$name, killed by SIG$signal"
}

make_key
start_key
start_sandbox
for signal in SEGV ABRT QUIT; do
  write_config
  no_core vouchd "$signal" "$SOCKET" "$BIN/vouchd"
done
start_agent
for signal in SEGV ABRT; do
  no_core "vouchctl login" "$signal" reads "$BIN/vouchctl" login
done
log_in
"$PYTHON" "$TESTS/security/same_user/stalling.py" "$T/stalling.sock" &
started+=("$!")
wait_until 30 test -S "$T/stalling.sock" || fail "the stalling server did not start"
for signal in SEGV QUIT; do
  no_core "a helper" "$signal" "$T/stalling.sock.sent" \
    env VOUCH_SOCKET="$T/stalling.sock" "$BIN/vouch-credential-process" --role "$ROLE_ARN"
done
[ -z "$(find "$T" -maxdepth 1 -name 'core*')" ] || fail "there is a core"

# The other way round; where the machine writes none at all, the above says nothing.
succeeds "$PYTHON" "$CRASH" SEGV reads cat
[ "$(cat "$T/out")" = core ] || skip "this machine writes no core of any program"
