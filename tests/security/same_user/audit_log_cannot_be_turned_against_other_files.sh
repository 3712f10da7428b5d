#!/bin/bash
# A process of the same user puts something else where the audit log should be, and gives itself a name of many lines: no other
# file is written, no line is forged, and nobody waits.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/audit.sh"
start_all
helper=(vouch-credential-process --role "$ROLE_ARN")
succeeds "${helper[@]}"
wait_until 5 audit_has "any(e['event'] == 'aws' for e in d)" || fail "no audit log"
mv "$AUDIT_LOG" "$T/before"

echo precious >"$T/precious"
ln -s "$T/precious" "$AUDIT_LOG"
succeeds "${helper[@]}"
rm "$AUDIT_LOG"
ln "$T/precious" "$AUDIT_LOG"
succeeds "${helper[@]}"
rm "$AUDIT_LOG"
mkfifo "$AUDIT_LOG"
for _ in {1..5}; do succeeds "${helper[@]}"; done  # nobody reads it
sleep 0.3
rm "$AUDIT_LOG"
equal precious "$(cat "$T/precious")" "what is in the other file"

# The name of the program, and of what it asks for, is its own choice.
name=$'evil\n{"time":"2026-01-01T00:00:00.000Z","event":"aws","result":"ok","executable":"/usr/bin/aws"}\n\e[2J'
cp /bin/bash "$T/${name//\//_}"
succeeds "$T/${name//\//_}" -c 'vouch-credential-process --role "$0"; exit $?' "$ROLE_ARN"
told "e['event'] == 'lost' and e['lines'] == 7" "what could not be written"
wait_until 5 audit_has "any(chr(27) in e.get('executable', '') for e in d)" || fail "no line of it"
equal 2 "$(wc -l <"$AUDIT_LOG")" "lines, none of them forged"
! grep -q $'\e' "$AUDIT_LOG" || fail "a control character is in the file"
stop_agent
equal 0 "$status" "exit code of vouchd"
