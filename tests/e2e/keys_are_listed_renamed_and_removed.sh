#!/bin/bash
# The keys of the account: a second one is added, renamed and removed again; the server's step-up is one touch more.
. "$(dirname "$0")/lib.sh"
start_all
first=$KEY_PID

run vouchctl keys list
[ "$status" -eq 0 ] || fail "keys list: $status"
contains "$T/out" '^Security key .* yes '

# Another key is plugged in and registered from the session of the first.
end_process "$first"
"$SOFTKEY" create --file "$T/key2.json" --no-credential --pin "$PIN" >/dev/null
mv "$T/key.json" "$T/key1.json"
cp "$T/key2.json" "$T/key.json"
start_key
second=$KEY_PID
printf '%s\n' "$PIN" | vouchctl register --name "Spare" >"$T/out" 2>"$T/err" || fail "vouchctl register failed"
cp "$T/key.json" "$T/key2.json"
equal 2 "$(vouchctl keys list --json | json "len(d['keys'])")" "keys"

# The same key once more is refused by the key itself.
status=0
printf '%s\n' "$PIN" | vouchctl register --name "Again" >"$T/out" 2>"$T/err" || status=$?
equal 1 "$status" "exit code for a key that is registered"
contains "$T/err" 'already'

succeeds vouchctl keys rename Spare "Drawer at home"
equal true "$(vouchctl keys list --json | json "'Drawer at home' in [k['name'] for k in d['keys']]")" "renamed"
refused 6 'name' vouchctl keys rename "Drawer at home" "  "
refused 1 'no such key|no key' vouchctl keys remove --force Nothing

# Removal without a terminal wants --force; the login is a minute old by now, so the server wants a touch.
refused 6 'force' vouchctl keys remove "Drawer at home"
end_process "$second"
cp "$T/key1.json" "$T/key.json"
start_key
control /clock '{"skew_seconds": 61}' >/dev/null
control /reset-counts '{}' >/dev/null
printf '%s\n' "$PIN" | vouchctl keys remove --force "Drawer at home" >"$T/out" 2>"$T/err" || fail "keys remove failed"
equal 2 "$(count vouch.key_remove)" "calls: refused once, then done"
equal 1 "$(vouchctl keys list --json | json "len(d['keys'])")" "keys"
equal alice@example.com "$(status_json "d['session']['email']")" "user: the session is still there"
