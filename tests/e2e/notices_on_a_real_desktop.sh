#!/bin/bash
# The same with a notification daemon that others wrote: dunst, on a screen that nobody sees.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
need_desktop
need dunst dunstctl Xvfb
make_key
start_key
start_sandbox --session-seconds 1833
start_bus

Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp 3>"$T/display" >>"$T/bus.log" 2>&1 &
started+=("$!")
wait_until 20 test -s "$T/display" || skip "Xvfb does not start here"
printf '[global]\nhistory_length = 20\nmarkup = full\n[urgency_normal]\ntimeout = 0\n' >"$T/dunstrc"
env "$BUS" DISPLAY=":$(cat "$T/display")" dunst -print -conf "$T/dunstrc" >"$T/dunst.out" 2>>"$T/bus.log" &
started+=("$!")
has_owner() {
  env "$BUS" dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.Notifications | grep -q 'boolean true'
}
wait_until 20 has_owner || { cat "$T/bus.log" >&2 && fail "dunst does not start"; }
shows() { [ "$(env "$BUS" dunstctl count displayed)" -eq "$1" ]; }

# has_taken CATEGORY COUNT: so many of these notices came to dunst.
has_taken() { [ "$(grep -c "category: $1\$" "$T/dunst.out")" -eq "$2" ]; }
# last KEY: of the notice that dunst closed last.
last() { env "$BUS" dunstctl history | json "d['data'][0][0]['$1']['data']"; }
is_closed() { [ "$(last category)" = "$1" ]; }

start_agent
log_in
wait_until 60 shows 1 || fail "dunst does not show that the session ends"
has_taken x-vouch.session-ends 1 || fail "dunst shows something else"
control /revoke-sessions '{}' >/dev/null
run vouch-credential-process --role "$ROLE_ARN"
run vouch-credential-process --role "$ROLE_ARN"
wait_until 60 has_taken x-vouch.refused 1 || fail "dunst is not told of the refusal"
wait_until 60 shows 1 || fail "not exactly one notice"
log_in
wait_until 60 is_closed x-vouch.refused || fail "dunst still shows the refusal after a login"
wait_until 60 shows 1 || fail "dunst does not show the next one"
has_taken x-vouch.session-ends 2 || fail "dunst shows something else"
has_taken x-vouch.refused 1 || fail "dunst was told of more than one refusal"
succeeds vouchctl logout
wait_until 60 shows 0 || fail "dunst still shows a notice after the logout"
wait_until 60 is_closed x-vouch.session-ends || fail "category"
env "$BUS" dunstctl history >"$T/out"
contains "$T/out" 'To go on, type: vouchctl login'
contains "$T/out" 'was refused: the server has ended your Vouch session'
equal Vouch "$(last appname)" "the program that dunst names"
