#!/bin/bash
# A locked keyring keeps nobody waiting and is never made to ask for its password: vouchd works from file and memory, says why, and
# moves everything into the keyring when that is unlocked. A session in it is taken up then.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring
lock_keyring

write_config true
# A keyring that takes more than a second to say so, on a busy machine, is asked again at the next start.
start_agent
for _ in {1..5}; do
  problem=$(status_json "d['store_problem']")
  [[ $problem == *'did not answer within a second'* ]] || break
  kill_agent
  start_agent
done
equal 'the keyring is locked' "$problem" "what status says of the keyring"
equal file "$(status_json "d['store']")" "store while it is locked"
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
status_says() { vouchctl status >"$T/out" && grep -qF "$1" "$T/out"; }
wait_until 150 status_says 'key in a file, session in memory only: the keyring is locked' ||
  fail "status does not say that it is locked"
equal 600 "$(stat -c %a "$XDG_DATA_HOME/vouch/client_key.json")" "mode of the file"
equal 1 "$(count vouch.register)" "registrations"

unlock_keyring
log_in_well
equal '["secret-service", null]' "$(status_json "[d['store'], d['store_problem']]")" "store at the login after"
[ ! -e "$XDG_DATA_HOME/vouch/client_key.json" ] || fail "the client key is still in its file"
[ -n "$(stored session)" ] || fail "the session is not in the keyring"
equal 1 "$(count vouch.register)" "registrations after the move"

# Locked when vouchd starts, unlocked when it runs: no login is needed. It looks again after half a minute.
kill_agent
lock_keyring
start_agent
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
unlock_keyring
wait_until 150 logged_in || fail "the session in the unlocked keyring was not taken up"
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations at the end"

! grep -qi prompt "$T/keyring.log" || { cat "$T/keyring.log" >&2 && fail "the keyring was made to ask for its password"; }
