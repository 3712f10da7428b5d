#!/bin/bash
# A process of the same user puts something else where the audit log should be, and gives itself a name of many lines: no other
# file is written, no line is forged, and nobody waits.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/audit.sh"
start_all
helper=(vouch-credential-process --role "$ROLE_ARN")
succeeds "${helper[@]}"
wait_until 30 audit_has "any(e['event'] == 'aws' for e in d)" || fail "no audit log"
echo precious >"$T/precious"

warnings() { grep -c 'the audit log cannot be written' "$T/vouchd.log" || true; }
warned_more_than() { [ "$(warnings)" -gt "$1" ]; }

# instead_of_the_log COMMAND…: what it puts there takes no line, and is told of once it is gone.
instead_of_the_log() {
  local before
  mv "$AUDIT_LOG" "$T/before"
  before=$(warnings)
  "$@"
  succeeds "${helper[@]}"
  wait_until 30 warned_more_than "$before" || fail "nothing is said of $1"
  rm "$AUDIT_LOG"
  succeeds "${helper[@]}"
  told "e['event'] == 'lost' and e['lines'] == 1" "what could not be written after $1"
  wait_until 30 audit_has "len(d) == 2" || fail "no line after that of what was lost"
}

instead_of_the_log ln -s "$T/precious" "$AUDIT_LOG"
instead_of_the_log ln "$T/precious" "$AUDIT_LOG"
instead_of_the_log mkfifo "$AUDIT_LOG"  # nobody reads it
equal precious "$(cat "$T/precious")" "what is in the other file"
equal 2 "$(wc -l <"$AUDIT_LOG")" "lines"

# The name of the program, and of what it asks for, is its own choice.
name=$'evil\n{"time":"2026-01-01T00:00:00.000Z","event":"aws","result":"ok","executable":"/usr/bin/aws"}\n\e[2J'
cp /bin/bash "$T/${name//\//_}"
# It stays until its line is there: of who is gone, only what the socket told is known.
stay='vouch-credential-process --role "$0" || exit; for _ in {1..200}; do [ "$(wc -l <"$1")" -lt 3 ] || exit 0; sleep 0.05; done'
succeeds "$T/${name//\//_}" -c "$stay" "$ROLE_ARN" "$AUDIT_LOG"
wait_until 30 audit_has "any(chr(27) in e.get('executable', '') for e in d)" || fail "no line of it"
equal 3 "$(wc -l <"$AUDIT_LOG")" "lines, none of them forged"
! grep -q $'\e' "$AUDIT_LOG" || fail "a control character is in the file"
stop_agent
equal 0 "$status" "exit code of vouchd"
