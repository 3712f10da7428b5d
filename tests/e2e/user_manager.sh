# A real systemd user manager, root's or an ordinary user's, where a container has none: in namespaces of its own, which only root
# can make. Sourced after lib.sh.
# shellcheck shell=bash
need systemctl unshare dbus-daemon setpriv
[ "$(id -u)" -eq 0 ] || skip "only root can make the namespaces"
! has_sanitizers || skip "a sanitizer needs what the unit forbids"
MANAGER=/lib/systemd/systemd
[ -x "$MANAGER" ] || MANAGER=/usr/lib/systemd/systemd
[ -x "$MANAGER" ] || skip "no systemd here"
unshare -m -p -f -C true 2>/dev/null || skip "no namespaces here"
export MANAGER BIN T PIN VOUCH_UNIT_DIR="${VOUCH_UNIT_DIR:?folder with the configured units}"

# As root of the namespaces. The folder of the test is not for others, so what the user needs is under /mnt.
cat >"$T/as_root" <<'AS_ROOT'
set -euo pipefail
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
mount -t tmpfs tmpfs /home
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t proc proc /proc
mkdir -p /run/user /run/systemd/system /mnt/bin /mnt/libexec
mkdir -m 0700 "/run/user/$OF_UID" /home/user
mount --bind "$BIN" /mnt/bin
mount --bind "$BIN/../libexec" /mnt/libexec
mkdir -p /home/user/.config/systemd/user /home/user/.config/vouch
printf 'server = "%s"\n[store]\nkeyring = false\n' "${VOUCH_URL:-http://127.0.0.1:9}" >/home/user/.config/vouch/vouchd.toml
cp "$VOUCH_UNIT_DIR/vouchd.socket" /home/user/.config/systemd/user
sed 's#^ExecStart=.*#ExecStart=/mnt/bin/vouchd --log-level debug\nStandardError=append:/home/user/vouchd.log#' \
  "$VOUCH_UNIT_DIR/vouchd.service" >/home/user/.config/systemd/user/vouchd.service
cat "$T/as_user" "$SCRIPT" >/mnt/script
touch /mnt/manager.log /mnt/key.sock
if [ -S "$T/key.sock" ]; then
  mount --bind "$T/key.sock" /mnt/key.sock
  export VOUCH_FIDO_DEVICE=unix:/mnt/key.sock
fi
mkdir "/sys/fs/cgroup/$PART"
echo $$ >"/sys/fs/cgroup/$PART/cgroup.procs"
chown "$OF_UID" "/sys/fs/cgroup/$PART" "/sys/fs/cgroup/$PART"/cgroup.*
chown -R "$OF_UID:$OF_UID" "/run/user/$OF_UID" /home/user /mnt/script /mnt/manager.log /mnt/key.sock
user=(env)
[ "$OF_UID" -eq 0 ] || user=(setpriv --reuid "$OF_UID" --regid "$OF_UID" --clear-groups env)
cd /home/user
exec "${user[@]}" -u XDG_STATE_HOME -u XDG_DATA_HOME -u XDG_CACHE_HOME -u XDG_CONFIG_HOME HOME=/home/user \
  XDG_RUNTIME_DIR="/run/user/$OF_UID" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$OF_UID/bus" bash /mnt/script
AS_ROOT

cat >"$T/as_user" <<'AS_USER'
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null' EXIT
dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile 2>/dev/null &
"$MANAGER" --user --log-target=console --unit=basic.target >>/mnt/manager.log 2>&1 &
for i in {1..600}; do
  [ "$(systemctl --user is-active basic.target 2>/dev/null)" = active ] && break
  sleep 0.1
done
[ "$i" -lt 600 ] || { cat /mnt/manager.log >&2 && exit 77; }
AS_USER

# in_manager_of UID SCRIPT: runs the script (a file; bash) as that user, whose manager is there and has the units of this build,
# with the programs from /mnt/bin, vouchd's log in ~/vouchd.log and what the manager says in /mnt/manager.log. Leaves its exit code in $status, what it printed
# in $T/out and $T/err. Exit code 77: the manager does not start here.
in_manager_of() {
  export OF_UID=$1 SCRIPT=$2 PART="${T##*/}.$1"
  run timeout "${MANAGER_SECONDS:-60}" unshare -m -p -f -C --kill-child bash "$T/as_root"
  unshare -m -C sh -c 'mount -t cgroup2 cgroup2 /mnt && find "/mnt/$PART" -depth -type d -exec rmdir {} +' 2>/dev/null || true
}
