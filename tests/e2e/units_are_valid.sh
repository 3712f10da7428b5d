#!/bin/bash
# The systemd units that are installed, looked at by systemd itself: no complaint, and the promises of the hardening are in.
. "$(dirname "$0")/lib.sh"
need systemd-analyze
units=${VOUCH_UNIT_DIR:?folder with the configured units}
mkdir "$T/units"
cp "$units/vouchd.service" "$units/vouchd.socket" "$T/units"

# The program is where it was built, not where it will be installed.
sed -i "s#^ExecStart=.*/vouchd#ExecStart=$BIN/vouchd#" "$T/units/vouchd.service"
contains "$T/units/vouchd.service" "^ExecStart=$BIN/vouchd"

run systemd-analyze verify --user "$T/units/vouchd.service" "$T/units/vouchd.socket"
equal 0 "$status" "exit code of systemd-analyze verify"
! grep -q vouchd "$T/err" || fail "systemd complains"

for line in NoNewPrivileges=yes MemoryDenyWriteExecute=yes ProtectSystem=strict LimitCORE=0 UMask=0077 \
  SystemCallFilter=@system-service 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'; do
  grep -qxF "$line" "$T/units/vouchd.service" || fail "vouchd.service lacks $line"
done
for line in ListenStream=%t/vouch/vouchd.sock SocketMode=0600 DirectoryMode=0700; do
  grep -qxF "$line" "$T/units/vouchd.socket" || fail "vouchd.socket lacks $line"
done
