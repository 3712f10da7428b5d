#!/bin/bash
# The systemd units that are installed, looked at by systemd itself: no complaint, each promise of the hardening is in, and systemd's
# own score of the service is not worse than the recorded one.
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

# ---- what must be in --------------------------------------------------------------------------------------------------

hardening=(
  UMask=0077 LimitCORE=0 CoredumpFilter=0 KeyringMode=private NoNewPrivileges=yes MemoryDenyWriteExecute=yes LockPersonality=yes
  RestrictRealtime=yes RestrictSUIDSGID=yes RestrictNamespaces=yes 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'
  SystemCallArchitectures=native SystemCallFilter=@system-service
  'SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp'
  'SystemCallFilter=~@privileged @resources @keyring @aio' SystemCallErrorNumber=EPERM
)
printf '%s\n' "${hardening[@]}" >"$T/hardening"
for line in "${hardening[@]}"; do
  grep -qxF "$line" "$T/units/vouchd.service" || fail "vouchd.service lacks $line"
done
for line in ListenStream=%t/vouch/vouchd.sock SocketMode=0600 DirectoryMode=0700 RemoveOnStop=yes; do
  grep -qxF "$line" "$T/units/vouchd.socket" || fail "vouchd.socket lacks $line"
done
# And nothing that is not looked at here.
while read -r line; do
  grep -qxF "$line" "$T/hardening" || fail "vouchd.service has $line, which this test does not know"
done < <(sed -n '/^\[Service\]/,/^\[Install\]/p' "$T/units/vouchd.service" | grep -vE '^(#.*|\[.*|Type=.*|ExecStart=.*|Restart(Sec)?=.*|)$')

# ---- systemd's score --------------------------------------------------------------------------------------------------

# exposure FILE: in tenths, as systemd prints it with one digit.
exposure() {
  LC_ALL=C systemd-analyze security --user --offline=true --no-pager "$1" 2>/dev/null |
    sed -nE 's/.*Overall exposure level for vouchd.service: ([0-9]+)\.([0-9]).*/\1\2/p'
}
version=$(systemd-analyze --version | sed -nE '1s/^systemd ([0-9]+).*/\1/p')
got=$(exposure "$T/units/vouchd.service")
[ -n "$got" ] || skip "systemd $version cannot score a unit that is not loaded; all else is right"

# It can fail: without what it weighs most the score is worse.
mkdir "$T/worse"
for line in 'SystemCallFilter=.*' NoNewPrivileges=yes RestrictNamespaces=yes 'RestrictAddressFamilies=.*'; do
  grep -vxE "$line" "$T/units/vouchd.service" >"$T/worse/vouchd.service"
  [ "$(exposure "$T/worse/vouchd.service")" -gt "$got" ] || fail "the score does not see that $line is missing"
done

recorded=$(awk -v version="$version" '$1 == version { print $2 }' "$E2E/units_score")
[ -n "$recorded" ] || skip "no score is recorded for systemd $version in tests/e2e/units_score; it is $got; all else is right"
[ "$got" -le "$recorded" ] || fail "the exposure has risen from $recorded to $got tenths"
