#!/bin/bash
# Another user's program listens where ours look for vouchd, because it could make the folder first (or exchange it): no program of
# ours says a word to it, and vouchd does not start there.
. "$(dirname "$0")/../../e2e/lib.sh"
need setpriv
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
chmod 0755 "$T"
mkdir -m 1777 "$T/shared"  # as /tmp
export XDG_RUNTIME_DIR=$T/shared
SOCKET=$XDG_RUNTIME_DIR/vouch/vouchd.sock
setpriv --reuid 65534 --regid 65534 --clear-groups mkdir -m 0755 "$XDG_RUNTIME_DIR/vouch" || skip "no other user can reach ${T%/*}"

"$PYTHON" "$TESTS/security/listen_as.py" 65534 "$SOCKET" >"$T/squatter" 2>&1 &
started+=($!)
wait_until 10 grep -q ready "$T/squatter" || fail "the other user's program did not start"

ROLE_ARN=arn:aws:iam::123456789012:role/VouchDeveloper
refused 9 'another user' vouch-credential-process --role "$ROLE_ARN"
refused 9 'another user' vouch-exec-credential eks --cluster c --region eu-central-1 --role "$ROLE_ARN"
refused 9 'another user' vouchctl status
run vouchctl status --short  # for a prompt: silent
equal 9 "$status" "exit code of a prompt's status"
[ ! -s "$T/out" ] || fail "a prompt was told something"
refused 9 'another user' vouchctl exec --role "$ROLE_ARN" -- true
printf '%s\n' "$PIN" >"$T/pin"
input=$T/pin run vouchctl login --server http://127.0.0.1:9
equal 9 "$status" "exit code of a login"
contains "$T/err" 'another user'
all_connected() { [ "$(grep -c '^got' "$T/squatter")" -ge 6 ]; }
wait_until 10 all_connected || fail "our programs did not even connect"
if grep -q '^got [1-9]' "$T/squatter"; then fail "another user's program was told something: $(grep '^got' "$T/squatter" | tr '\n' ' ')"; fi

run timeout 60 vouchd
equal 6 "$status" "exit code of vouchd in another user's folder"
contains "$T/err" 'belongs to somebody else'
