#!/bin/bash
# The unit as it is installed, in a real systemd user manager of root and in one of an ordinary user, who may do less: the socket
# starts it, its hardening does not break it, and the hardening is really on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/user_manager.sh"
make_key
start_key
start_sandbox
export ROLE_ARN VOUCH_URL

cat >"$T/script" <<'INSIDE'
systemctl --user start vouchd.socket
echo "before: $(systemctl --user is-active vouchd.socket vouchd.service | tr '\n' ' ')"
printf '%s\n' "$PIN" | /mnt/bin/vouchctl login
/mnt/bin/vouch-credential-process --role "$ROLE_ARN"
/mnt/bin/vouchctl exec --refreshable --role "$ROLE_ARN" -- sh -c 'curl -s --noproxy "*" -o /dev/null -w "endpoint: %{http_code}\n" \
  -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
echo "after: $(systemctl --user is-active vouchd.service)"
pid=$(systemctl --user show -P MainPID vouchd.service)
grep -E '^(NoNewPrivs|Seccomp|Seccomp_filters):' "/proc/$pid/status"
echo "coredump: $(cat "/proc/$pid/coredump_filter")"
echo "core: $(awk '/Max core file size/ {print $5}' "/proc/$pid/limits")"
cat ~/vouchd.log
systemctl --user stop vouchd.socket vouchd.service
echo "result: $(systemctl --user show -P Result vouchd.service)"
[ ! -e "$XDG_RUNTIME_DIR/vouch/vouchd.sock" ] && echo "socket: removed"
INSIDE
for uid in 0 1000; do
  in_manager_of "$uid" "$T/script"
  [ "$status" -ne 77 ] || skip "the user manager of $uid does not start here"
  equal 0 "$status" "exit code in the manager of $uid"
  # What only the unit sets: several filters on top of vouchd's own one, and what would be in a core. vouchd's filter comes on top; a unit that forbade it, or a namespace that hides callers, would be seen here.
  for line in 'before: active inactive' '"Version": *1' 'endpoint: 200' 'after: active' 'NoNewPrivs:.1' 'Seccomp:.2' 'Seccomp_filters:.([4-9]|[1-9][0-9])' 'coredump: 0+$' 'core: 0' \
    'confined: files by Landlock' 'connection of pid [0-9]+, /' '^result: success' '^socket: removed'; do
    grep -qE -- "$line" "$T/out" || fail "no line '$line' in the manager of $uid"
  done
done
