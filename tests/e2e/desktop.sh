# A session bus of the script's own, and a notification service on it that has no screen and writes down what it is told. Sourced
# after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154

NOTICES=$T/notices.log

need_desktop() {
  need dbus-daemon dbus-send
  "$PYTHON" -c 'from gi.repository import Gio' 2>/dev/null || skip "no python3-gi here"
}

# The bus knows no services that it could start: what answers is what the script has started.
start_bus() {
  printf '%s' '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig><type>session</type>
    <listen>unix:path='"$XDG_RUNTIME_DIR"'/bus</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>' >"$T/bus.conf"
  : >"$T/bus"
  dbus-daemon --config-file="$T/bus.conf" --nofork --nopidfile --print-address=1 >"$T/bus" 2>>"$T/bus.log" &
  BUS_PID=$!
  started+=("$BUS_PID")
  wait_until 60 test -s "$T/bus" || { cat "$T/bus.log" >&2 && fail "no session bus"; }
}

# For programs other than vouchd, which finds the bus at its usual place.
BUS=DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus

# start_notification_service [flags]
start_notification_service() {
  : >>"$NOTICES"
  local before
  before=$(grep -c '"ready"' "$NOTICES" || true)
  env "$BUS" "$TESTS/e2e/notification-service" --log "$NOTICES" "$@" >>"$T/bus.log" 2>&1 &
  SERVICE_PID=$!
  started+=("$SERVICE_PID")
  wait_until 60 more_lines '"ready"' "$before" || { cat "$T/bus.log" >&2 && fail "no notification service"; }
}
more_lines() { [ "$(grep -c -- "$1" "$NOTICES")" -gt "$2" ]; }

# notices EXPRESSION: over the list `d` of what the service was told, `n` those of Notify, `c` the ids that were closed.
notices() {
  "$PYTHON" -c 'import json, sys
d = [json.loads(line) for line in open(sys.argv[2])]
n = [e for e in d if e.get("call") == "Notify"]
c = [e["id"] for e in d if e.get("call") == "CloseNotification"]
value = eval(sys.argv[1])
print(json.dumps(value) if isinstance(value, (dict, list, bool)) else value)' "$1" "$NOTICES"
}

# notice_comes COUNT: waits until that many were raised in all.
raised() { [ "$(notices 'len(n)')" -ge "$1" ]; }
notice_comes() { wait_until 60 raised "$1" || { cat "$NOTICES" >&2 && fail "notice $1 does not come"; }; }
closed() { [ "$(notices 'len(c)')" -ge "$1" ]; }
notice_goes() { wait_until 60 closed "$1" || { cat "$NOTICES" >&2 && fail "$1 notices are not withdrawn"; }; }
no_offence() { equal '[]' "$(notices '[e["offence"] for e in d if "offence" in e]')" "what a desktop would not take"; }
