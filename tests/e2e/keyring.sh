# What the scripts about the keyring share: a session bus and a gnome-keyring of their own. Sourced after lib.sh, never run.
# shellcheck shell=bash disable=SC2034,SC2154
need dbus-daemon dbus-send gnome-keyring-daemon secret-tool
readonly KEYRING_PASSWORD='the keyring password'

# The bus is where a desktop has it, so that a new one takes the place of one that has ended.
start_bus() {
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
  : >"$T/bus"
  rm -f "$XDG_RUNTIME_DIR/bus"
  dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile --print-address=1 >"$T/bus" 2>>"$T/bus.log" &
  BUS_PID=$!
  started+=("$BUS_PID")
  wait_until 60 test -s "$T/bus" || fail "no session bus"
}

# Asked of the bus, not of the service: a call to that would make the bus start a second, locked one.
keyring_has_owner() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q 'boolean true'
}

# Unlocked, with the keyring of this home.
start_keyring() {
  printf %s "$KEYRING_PASSWORD" >"$T/keyring-password"
  gnome-keyring-daemon --unlock --foreground --components=secrets <"$T/keyring-password" >>"$T/keyring.log" 2>&1 &
  KEYRING_PID=$!
  started+=("$KEYRING_PID")
  wait_until 60 keyring_has_owner || { cat "$T/bus.log" "$T/keyring.log" >&2 && fail "gnome-keyring does not start"; }
  wait_until 60 takes_a_secret || { cat "$T/keyring.log" >&2 && fail "gnome-keyring takes no secret"; }
}
# It has its name on the bus a moment before it is of use.
takes_a_secret() { printf x | timeout 10 secret-tool store --label=probe probe probe; }

start_bus_and_keyring() {
  start_bus
  start_keyring
}

# end_at_once PID: of a process that may be stopped, or has ended by itself.
end_at_once() {
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

lock_keyring() {
  dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/aliases/default >/dev/null
}

# As a person who types the password, but without the dialog: gnome-keyring's own interface for that.
unlock_keyring() {
  "$PYTHON" - "$KEYRING_PASSWORD" <<'PYTHON'
import sys

from gi.repository import Gio, GLib

bus = Gio.bus_get_sync(Gio.BusType.SESSION)


def call(interface, method, arguments):
    return bus.call_sync("org.freedesktop.secrets", "/org/freedesktop/secrets", interface, method, arguments, None, 0, 9000, None)


session = call("org.freedesktop.Secret.Service", "OpenSession", GLib.Variant("(sv)", ("plain", GLib.Variant("s", ""))))[1]
call("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface", "UnlockWithMasterPassword",
     GLib.Variant("(o(oayays))", ("/org/freedesktop/secrets/collection/login", (session, b"", sys.argv[1].encode(), "text/plain"))))
PYTHON
}

# stored ITEM: what vouchd has put there; empty when there is nothing.
stored() { secret-tool lookup service vouchd item "$1" || true; }

# store ITEM TEXT: in its place.
store() {
  secret-tool clear service vouchd item "$1" || true
  [ -z "$2" ] || printf %s "$2" | secret-tool store --label="vouchd $1" xdg:schema sh.vouch.vouchd service vouchd item "$1"
}

holds_no_session() { [ -z "$(stored session)" ]; }

logged_in() { [ "$(status_json "(d['session'] or {}).get('email')")" = alice@example.com ]; }

# A machine that is busy elsewhere may need the second try, half a minute later, or the third, a minute after that.
keyring_is_read() { [ "$(status_json "d['store_problem']")" = None ]; }
session_is_kept() { [ "$(status_json "[d['store'], d['session_persists']]")" = '["secret-service", true]' ]; }

# start_agent_well: and the keyring has told what it holds, so that "not logged in" means something. Where it took more than its
# second, a vouchd that expects no session does not ask it again before a login, but a new one does.
start_agent_well() {
  for _ in 1 2 3; do
    start_agent
    ! wait_until 5 keyring_is_read || return 0
    stop_agent
  done
  start_agent
  wait_until 150 keyring_is_read || fail "the keyring was not read"
}

# log_in_well [flag…]: and the keyring has the session.
log_in_well() {
  log_in "$@"
  wait_until 150 session_is_kept || fail "the session is not in the keyring"
}

# kill_agent: as a crash, or the out-of-memory killer.
kill_agent() { end_at_once "$AGENT_PID"; }

# waits_once TOOK USUAL WHAT: one second for the keyring was waited, not two. USUAL is what the same takes on this machine now.
waits_once() {
  [ "$1" -lt $(($2 + 1900)) ] || fail "$3: $1 ms, which is $2 ms without the stall"
}
