#!/bin/bash
# Another user gets nothing, even where the modes of folder and socket would let him in: the connection is closed at once and
# logged with his uid.
. "$(dirname "$0")/lib.sh"
need setpriv
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
start_all
succeeds vouch-credential-process --role "$ROLE_ARN"

mkdir "$T/bin"
cp "$BIN/vouch-credential-process" "$T/bin"
chmod 0755 "$T" "$T/bin" "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/vouch"
chmod 0666 "$SOCKET"
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
as_nobody test -w "$SOCKET" || skip "another user cannot even reach ${T%/*}"

run as_nobody "$T/bin/vouch-credential-process" --role "$ROLE_ARN"
equal 9 "$status" "exit code for another user"
[ ! -s "$T/out" ] || fail "another user got an answer"
wait_until 5 grep -qE '(uid|user)[ =]?65534' "$T/vouchd.log" || fail "the log does not name the uid"

succeeds vouch-credential-process --role "$ROLE_ARN"
