#!/bin/bash
# `vouchctl audit`: which program got what, or was refused; without an agent, too, over rotations and damaged lines. What a process
# calls itself does not reach the terminal.
. "$(dirname "$0")/lib.sh"
need aws
log=$XDG_STATE_HOME/vouch/audit.log
audit() { vouchctl audit "$@"; }
# entries EXPRESSION: over the list `a` of what `vouchctl audit --json` told last.
entries() {
  "$PYTHON" -c 'import json, sys
a = [json.loads(line) for line in open(sys.argv[2])]
print(json.dumps(eval(sys.argv[1])))' "$1" "$T/out"
}

succeeds audit
equal 'Nothing was handed out yet.' "$(cat "$T/out")" "without a log"
make_key
start_key
start_sandbox
start_agent
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
log_in
write_aws_profile

# logged COUNT [flags]: so many entries are in the log.
logged() { [ "$(audit --json --lines 1000 "${@:2}" 2>/dev/null | wc -l)" -ge "$1" ]; }

# AWS keeps it waiting, so that it is still there when it is looked for.
faults '{"sts": {"mode": "delay", "seconds": 60, "operation": "GetCallerIdentity"}}'
aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL" >"$T/out" 2>"$T/err" &
aws=$!
started+=("$aws")
wait_until 60 logged 1 --role "$ROLE_ARN" --executable aws || fail "aws is not in the log"
faults '{"sts": {"mode": "none"}}'
wait "$aws" || fail "aws got nothing"
[ ! -s "$T/err" ] || fail "something on stderr from aws"
succeeds audit --json --executable aws
equal "[\"aws\", \"$ROLE_ARN\", \"ok\", \"person\", $(id -u), true]" \
  "$(entries '[a[-1][k] for k in ("event", "role", "result", "caller_class", "uid")] + [a[-1]["executable"].startswith("/")]')" "the entry of aws"
succeeds audit --json --refused
equal '["not_logged_in"]' "$(entries '[e["result"] for e in a]')" "who was refused"
succeeds audit --since 1h --role "${ROLE_ARN##*/}"
contains "$T/out" "  aws  ok  $ROLE_ARN  at $VOUCH_URL  /.*aws \(pid [0-9]+\)$"

# A name that would wipe the screen and write another line.
evil="$T/"$'evil\e[2J\n2026-01-01 00:00:00  aws  ok  \u202e\xff'
cp "$(command -v timeout)" "$evil"
# shellcheck disable=SC2016 # expanded by the command, which is still there when it is looked for
"$evil" 120 sh -c 'vouch-credential-process --role "$1" && until [ -e "$2" ]; do sleep 0.05; done' \
  sh "$ROLE_ARN" "$T/seen" >"$T/out" 2>"$T/err" &
caller=$!
started+=("$caller")
wait_until 60 logged 1 --executable evil || fail "the evil name is not in the log"
touch "$T/seen"
wait "$caller" || fail "the evil name got nothing"
[ ! -s "$T/err" ] || fail "something on stderr for the evil name"
succeeds audit --executable evil
equal 1 "$(wc -l <"$T/out")" "lines of an evil name"
! grep -qP '[^\x20-\x7e\n]' "$T/out" || fail "something unprintable on the screen"
contains "$T/out" 'evil\\x1b\[2J\\n2026-01-01 00:00:00  aws  ok  \\u202e'
"$PYTHON" "$E2E/typist.py" /dev/null vouchctl audit --executable evil >"$T/screen" || fail "no screen"
! grep -qP '[^\x20-\x7e\n\r]' "$T/screen" || fail "something unprintable on the terminal"

# Followed over a rotation.
vouchctl audit --follow --json --lines 1 >"$T/followed" 2>"$T/followed.err" &
follower=$!
started+=("$follower")
lines() { [ "$(wc -l <"$T/followed")" -ge "$1" ]; }
wait_until 60 lines 1 || fail "follow shows nothing"
succeeds vouch-credential-process --role "$ROLE_ARN"
wait_until 60 lines 2 || fail "follow does not show what comes"
mv "$log" "$log.1"
succeeds vouch-credential-process --role "$ROLE_ARN"
wait_until 60 lines 3 || fail "follow does not survive a rotation"
[ ! -s "$T/followed.err" ] || fail "follow complains"
succeeds audit --json --lines 2
equal '["aws", "aws"]' "$(entries '[e["event"] for e in a]')" "entries of two files"

# Damaged, and without an agent.
stop_agent
printf '{"time":"2026\x1b[2J\n\n[]\n{"cut' >>"$log"
run audit --json --lines 2
equal 0 "$status" "exit code with damaged lines"
equal '["ok", "ok"]' "$(entries '[e["result"] for e in a]')" "entries beside damaged ones"
equal 'vouchctl: 4 damaged lines were passed over' "$(cat "$T/err")" "what is said of damaged lines"

# Not what somebody else could have written.
chmod 0666 "$log"
refused 6 'can be written by others; see whose it is' audit
chmod 0600 "$log"
mv "$log" "$T/elsewhere"
ln -s "$T/elsewhere" "$log"
refused 6 'is a symbolic link' audit
rm "$log"
refused 6 'this is no duration' audit --since yesterday
