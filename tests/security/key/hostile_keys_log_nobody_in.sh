#!/bin/bash
# A security key that breaks the protocol at each place, or signs something else than it was asked to: the login ends with an error, in
# its time, nobody is logged in, and an honest key is taken afterwards.
. "$(dirname "$0")/../../e2e/lib.sh"
make_key
start_sandbox
start_agent
printf '%s\n' "$PIN" >"$T/pin"

# try_key MODE [SECONDS]
try_key() {
  local before=$SECONDS key_pid
  rm -f "$T/key.sock"
  : >"$T/softkey.out"
  "$PYTHON" "$TESTS/security/hostile_key.py" "$1" "$T/key.json" "$T/key.sock" >"$T/softkey.out" 2>>"$T/softkey.log" &
  key_pid=$!
  started+=("$key_pid")
  wait_until 10 is_ready "$T/softkey.out" || fail "the key $1 did not start"
  input=$T/pin run env VOUCH_FIDO_DEVICE="unix:$T/key.sock" timeout 60 vouchctl login --timeout 4
  case $status in
    0) fail "a key that is $1 has logged somebody in" ;;
    1 | 2 | 3 | 4) ;;  # not logged in, the key, the server
    *) fail "exit code $status with a key that is $1" ;;
  esac
  [ $((SECONDS - before)) -le "${2:-25}" ] || fail "a login with a key that is $1 took $((SECONDS - before)) s"
  grep -q '^vouchctl: ' "$T/err" || fail "nothing is said of a key that is $1"
  equal false "$(status_json '"session" in d and d["session"] is not None')" "a session by a key that is $1"
  kill "$key_pid" || fail "the key $1 has ended by itself"
  wait "$key_pid" 2>/dev/null || true
}

for mode in silent babble short-init other-channel huge sequence junk deep keepalives; do try_key "$mode"; done
equal 0 "$(count vouch.token_fido2)" "logins that a broken answer led to"
for mode in other-challenge other-site other-user no-user; do try_key "$mode"; done
[ "$(count vouch.token_fido2)" -gt 0 ] || fail "the server was never asked to refuse one"

# Pulled out at the worst moments: for good, so that no second try can help.
for moment in getpin touch after-touch; do
  rm -f "$T/key.sock"
  start_key --unplug-at "$moment" --unplug-for-good
  before=$SECONDS
  login_refused 1 'security key' "$PIN" --timeout 15
  [ $((SECONDS - before)) -le 25 ] || fail "a login with a key that went at $moment took $((SECONDS - before)) s"
done

rm -f "$T/key.sock"
start_key
log_in
