#!/bin/bash
# A server, and STS, whose refusals and names are made of escape sequences, line breaks and lines that look like our own log or like
# a command: nothing but printable text comes to a terminal or into the log, in one line, and what can be pasted does nothing.
. "$(dirname "$0")/../../e2e/lib.sh"
evil=$(printf '\\u001b]0;owned\\u0007\\u001b[2J\\nvouchd[1] error: forged line\\r\\n\\u009b31m$(touch %s/owned)`touch %s/owned`' "$T" "$T")

# printable WHAT FILE: tabs and line breaks apart.
printable() {
  if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$2"; then fail "control characters of $1"; fi
  if grep -q '^vouchd\[1\]' "$2"; then fail "a forged line of $1"; fi
}

# The name of the person, which the server tells.
"$SOFTKEY" create --file "$T/key.json" --rp-id vouch.test --user-id 8f14e45f-ceea-4e7a-9b1c-1f2d3c4b5a69 \
  --user-name "$(printf 'al\e[2Jice\e]0;x\a@example.com')" --pin "$PIN" >"$T/user.json" 2>>"$T/softkey.log"
start_key
start_sandbox
start_agent
printf '%s\n' "$PIN" >"$T/pin"
input=$T/pin run vouchctl login
equal 4 "$status" "exit code of a login as somebody with control characters in the name"
printable "a login" "$T/out"
printable "a login" "$T/err"
run vouchctl status
printable "status" "$T/out"
end_process "$AGENT_PID"

end_process "$KEY_PID"
end_process "$SANDBOX_PID"
rm "$T/key.json" "$XDG_CONFIG_HOME/vouch/vouchd.toml"
make_key
start_key
start_sandbox
start_agent
log_in
faults "{\"sts\": {\"mode\": \"status\", \"code\": 400, \"error\": \"ValidationError\", \"message\": \"$evil\"}}"
run vouch-credential-process --role "${ROLE_ARN%/*}/Load-1"
[ "$status" -ne 0 ] || fail "STS has refused, and there are credentials"
printable "STS, shown by a helper" "$T/err"
equal 1 "$(wc -l <"$T/err")" "lines of a helper's error"
contains "$T/err" 'forged line'  # or nothing of it was ever shown

for fault in "\"error\": \"access_denied\", \"code\": 403" "\"error\": \"invalid_grant\", \"code\": 400" "\"code\": 500" \
  "\"error\": \"$evil\", \"code\": 403"; do
  faults "{\"vouch\": {\"mode\": \"status\", $fault, \"message\": \"$evil\"}}"
  for command in "keys list" "status --check" "login" "doctor"; do
    # shellcheck disable=SC2086 # words
    input=$T/pin run vouchctl $command
    printable "vouchctl $command" "$T/out"
    printable "vouchctl $command" "$T/err"
    cat "$T/out" "$T/err" >>"$T/all"
  done
  run vouch-credential-process --role "${ROLE_ARN%/*}/Load-2"
  printable "the Vouch server, shown by a helper" "$T/err"
done
contains "$T/all" 'forged line'
printable "the log" "$T/vouchd.log"
[ ! -e "$T/owned" ] || fail "a text of the server was run"
