#!/bin/bash
# Attack: a program on the session bus sends the signal by which a desktop tells that Allow was pressed. Only who shows the question is
# listened to.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../../e2e/desktop.sh"
. "$(dirname "$0")/../../e2e/policy.sh"
need_desktop
make_key
start_key
start_sandbox
confirm_role
start_bus
start_notification_service
start_agent
log_in

in_time ask_for_role >"$T/asked" 2>&1 &
caller=$!
notice_comes 1
for id in $(notices 'n[0]["id"]') {0..9}; do
  env "$BUS" dbus-send --session --type=signal /org/freedesktop/Notifications org.freedesktop.Notifications.ActionInvoked \
    "uint32:$id" string:allow
done
! wait "$caller" || fail "a signal of another program was taken for a person's yes"
contains "$T/asked" 'vouchd waits for your word on this'
is_waiting 1 || fail "the question is gone"
succeeds vouchctl audit --json
! grep -q '"event":"confirm"' "$T/out" || fail "the log tells of a yes that nobody has given"
