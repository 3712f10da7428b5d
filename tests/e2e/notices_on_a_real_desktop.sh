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
printf '[global]\nhistory_length = 20\nmarkup = full\n' >"$T/dunstrc"
env "$BUS" DISPLAY=":$(cat "$T/display")" dunst -conf "$T/dunstrc" >>"$T/bus.log" 2>&1 &
started+=("$!")
has_owner() {
  env "$BUS" dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.Notifications | grep -q 'boolean true'
}
wait_until 20 has_owner || { cat "$T/bus.log" >&2 && fail "dunst does not start"; }
shows() { [ "$(env "$BUS" dunstctl count displayed)" -eq "$1" ]; }

# last KEY: of the notice that dunst closed last.
last() { env "$BUS" dunstctl history | json "d['data'][0][0]['$1']['data']"; }

start_agent
log_in
wait_until 15 shows 1 || fail "dunst does not show that the session ends"
control /revoke-sessions '{}' >/dev/null
run vouch-credential-process --role "$ROLE_ARN"
run vouch-credential-process --role "$ROLE_ARN"
shows 1 || fail "not exactly one notice"
log_in
wait_until 15 shows 1 || fail "dunst does not show the next one"
succeeds vouchctl logout
wait_until 15 shows 0 || fail "dunst still shows a notice after the logout"
env "$BUS" dunstctl history >"$T/out"
contains "$T/out" 'To go on, type: vouchctl login'
contains "$T/out" 'was refused: the server has ended your Vouch session'
equal Vouch "$(last appname)" "the program that dunst names"
equal x-vouch.session-ends "$(last category)" "category"
