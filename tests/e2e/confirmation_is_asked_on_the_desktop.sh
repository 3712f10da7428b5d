#!/bin/bash
# Where the config wants a person's word for a role, the desktop asks: with buttons where it has some. A notice that is closed is no
# answer, and nobody else on the bus can press a button.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/desktop.sh"
. "$(dirname "$0")/policy.sh"
need_desktop
make_key
start_key
start_sandbox
confirm_role
start_bus

# press ACTION [flags]: a desktop with a person who presses that.
press() {
  [ -z "${SERVICE_PID:-}" ] || end_process "$SERVICE_PID"
  start_notification_service ${1:+--press "$1"} "${@:2}"
}

press allow
start_agent
log_in
succeeds answered ask_for_role
equal 1 "$(notices 'len(n)')" "questions"
equal '["confirmation_is_asked_on_the_desktop.sh asks for credentials", ["allow", "Allow", "deny", "Deny"], 0, 2]' \
  "$(notices '[n[0]["summary"], n[0]["actions"], n[0]["timeout"], n[0]["hints"]["urgency"]]')" "the question"
equal true "$(notices "n[0]['body'] == '$ME (pid $$) wants $ROLE_ARN. In a terminal: vouchctl confirm 1'")" "its text"
succeeds ask_for_role # remembered: no second question, and the cache answers
equal 1 "$(notices 'len(n)')" "questions after the second call"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to STS"

# A yes ends with the session. A no is told at once, and kept for a minute.
succeeds vouchctl logout
log_in
press deny
refused 5 'a person said no to this' answered ask_for_role
refused 5 'a person said no to this' answered ask_for_role
equal 2 "$(notices 'len(n)')" "questions after a no"

# Closed: nobody has said anything, and the caller is told what to type.
succeeds vouchctl logout
log_in
press close
refused 5 'vouchd waits for your word on this; run: vouchctl confirm 3, and try again' in_time ask_for_role
equal 3 "$(notices 'len(n)')" "questions after one that was closed"
succeeds vouchctl confirm 3
succeeds ask_for_role

# A signal from somebody else is no button. What was answered elsewhere is taken off the screen.
succeeds vouchctl logout
log_in
press ''
in_time ask_for_role >"$T/asked" 2>&1 &
caller=$!
notice_comes 4
id=$(notices 'n[3]["id"]')
env "$BUS" dbus-send --session --type=signal /org/freedesktop/Notifications org.freedesktop.Notifications.ActionInvoked \
  "uint32:$id" string:allow
! wait "$caller" || fail "a signal of another program was taken for an answer"
contains "$T/asked" 'waits for your word'
succeeds vouchctl confirm 4 --deny
notice_goes 1

# A desktop without buttons tells what to type.
succeeds vouchctl logout
log_in
press '' --without actions --without body-markup
wait_until 60 ask_for_role >/dev/null &
caller=$!
notice_comes 5
equal '[]' "$(notices 'n[4]["actions"]')" "buttons of a desktop without any"
succeeds vouchctl confirm 5
wait "$caller" || fail "a caller that goes on asking got nothing after a yes at the terminal"
notice_goes 2

# Off by the config: only the terminal asks.
succeeds vouchctl logout
log_in
printf '\n[notices]\ndesktop = false\n' >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
refused 5 'run: vouchctl confirm 6' in_time ask_for_role
equal 5 "$(notices 'len(n)')" "questions when they are switched off"
no_offence

# No question outlives vouchd on the screen.
sed -i 's/^desktop = false/desktop = true/' "$XDG_CONFIG_HOME/vouch/vouchd.toml"
succeeds vouchctl confirm 6 --deny
succeeds vouchctl logout
log_in
ask_for_role >/dev/null 2>&1 &
caller=$!
notice_comes 6
stop_agent
notice_goes 3
! wait "$caller" || fail "a caller got something from a vouchd that ends"
no_offence
