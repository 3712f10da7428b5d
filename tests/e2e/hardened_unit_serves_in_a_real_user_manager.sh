#!/bin/bash
# The unit as it is installed, in a real systemd user manager: the socket starts it, its hardening does not break it, and the
# hardening is really on. A container has no user manager, so one runs here in namespaces of its own; only root can make them.
. "$(dirname "$0")/lib.sh"
need systemctl unshare dbus-daemon
[ "$(id -u)" -eq 0 ] || skip "only root can make the namespaces"
case $(nm -D "$BIN/vouchd" 2>/dev/null) in
  *__asan_init* | *__tsan_init*) skip "a sanitizer needs what the unit forbids" ;;
esac
manager=/lib/systemd/systemd
[ -x "$manager" ] || manager=/usr/lib/systemd/systemd
[ -x "$manager" ] || skip "no systemd here"
unshare -m -p -f -C true 2>/dev/null || skip "no namespaces here"
make_key
start_key
start_sandbox
export manager BIN T PIN ROLE_ARN VOUCH_URL VOUCH_UNIT_DIR

# Runs as root of the namespaces. Everything that the unit may see is under /mnt, because it has a /tmp of its own.
cat >"$T/inside" <<'INSIDE'
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null' EXIT
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t proc proc /proc
mkdir -p -m 0700 /run/user/0 /run/systemd/system /mnt/home /mnt/bin /mnt/libexec
mount --bind "$BIN" /mnt/bin
mount --bind "$BIN/../libexec" /mnt/libexec
unset XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME
export HOME=/mnt/home XDG_RUNTIME_DIR=/run/user/0 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus
mkdir -p /mnt/home/.config/systemd/user /mnt/home/.config/vouch
printf 'server = "%s"\n[store]\nkeyring = false\n' "$VOUCH_URL" >/mnt/home/.config/vouch/vouchd.toml
cp "$VOUCH_UNIT_DIR/vouchd.socket" /mnt/home/.config/systemd/user
sed 's#^ExecStart=.*#ExecStart=/mnt/bin/vouchd#' "$VOUCH_UNIT_DIR/vouchd.service" >/mnt/home/.config/systemd/user/vouchd.service

dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile 2>/dev/null &
"$manager" --user --unit=basic.target >/dev/null 2>&1 &
for i in {1..100}; do
  [ "$(systemctl --user is-active basic.target 2>/dev/null)" = active ] && break
  sleep 0.1
done
[ "$i" -lt 100 ] || exit 77
systemctl --user start vouchd.socket
echo "before: $(systemctl --user is-active vouchd.service || true)"
printf '%s\n' "$PIN" | /mnt/bin/vouchctl login
/mnt/bin/vouch-credential-process --role "$ROLE_ARN"
/mnt/bin/vouchctl exec --refreshable --role "$ROLE_ARN" -- sh -c 'curl -s --noproxy "*" -o /dev/null -w "endpoint: %{http_code}\n" \
  -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
echo "after: $(systemctl --user is-active vouchd.service)"
pid=$(systemctl --user show -P MainPID vouchd.service)
grep -E '^(NoNewPrivs|Seccomp):' "/proc/$pid/status"
echo "core: $(awk '/Max core file size/ {print $5}' "/proc/$pid/limits")"
echo "root: $(awk '$5 == "/" {print substr($6, 1, 2); exit}' "/proc/$pid/mountinfo")"
systemctl --user stop vouchd.service
systemctl --user show -P Result vouchd.service
INSIDE
run timeout 60 unshare -m -p -f -C --kill-child bash "$T/inside"
[ "$status" -ne 77 ] || skip "the user manager does not start here"
equal 0 "$status" "exit code"
for line in 'before: inactive' '"Version": *1' 'endpoint: 200' 'after: active' 'NoNewPrivs:.1' 'Seccomp:.2' 'core: 0' 'root: ro' '^success$'; do
  contains "$T/out" "$line"
done
