# An account that is enrolled from nothing: the script plays the person in front of the browser. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

readonly NEW_USER_ID=2c5ea4c0-4067-4d9c-9a1a-6b1f2f3f4f5f

# make_empty_key [flags of `softkey create`]: a key with a PIN and no credential, and $T/user.json for an account without one.
make_empty_key() {
  "$SOFTKEY" create --file "$T/key.json" --no-credential --pin "$PIN" "$@" >/dev/null 2>>"$T/softkey.log"
  printf '{"user_id": "%s", "user_name": "bob@example.com"}\n' "$NEW_USER_ID" >"$T/user.json"
}

# The codes that nobody has decided about yet, on one line.
pending_codes() { control /device | json "' '.join(c['user_code'] for c in d['codes'] if c['state'] == 'pending')"; }

# The code of this enrolment that waits for a person at the server; empty when there is none. A code that an earlier
# enrolment gave up on can still be pending there for a moment: it is not ours.
waiting_code() {
  local code
  for code in $(pending_codes); do
    [[ " $given_up " == *" $code "* ]] || { echo "$code" && return; }
  done
}
given_up=

has_waiting_code() { [ -n "$(waiting_code)" ]; }

# decide approve|deny [USER]: what the person does in the browser, once there is a code.
decide() {
  wait_until 60 has_waiting_code || fail "no code waits at the server"
  control /device "{\"user_code\": \"$(waiting_code)\", \"decision\": \"$1\", \"user\": \"${2:-bob@example.com}\"}" >/dev/null
}

# start_enroll [flags]: vouchctl enroll in the background, with the PIN on its standard input.
start_enroll() {
  given_up=
  [ -z "${CONTROL_URL:-}" ] || given_up=$(pending_codes)  # other servers than the sandbox tell nothing
  printf '%s\n' "$PIN" | vouchctl enroll --no-browser "$@" >"$T/enroll.out" 2>"$T/enroll.err" &
  ENROLL_PID=$!
  started+=("$ENROLL_PID")
}

# enrolled [CODE]: waits for its end and checks the exit code (default 0).
enrolled() {
  status=0
  wait "$ENROLL_PID" || status=$?
  cp "$T/enroll.out" "$T/out"
  cp "$T/enroll.err" "$T/err"
  [ "$status" -eq "${1:-0}" ] || fail "vouchctl enroll ended with $status"
}
