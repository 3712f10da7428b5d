#!/bin/bash
# As much memory is locked as the limit on it allows (the hard one; the soft one is raised). Where none can be, vouchd works
# just the same and says once that secrets may be swapped out.
. "$(dirname "$0")/../security/ordinary_user.sh"
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
write_config

# start_with SOFT HARD: vouchd under these limits, in KiB.
start_with() {
  : >"$T/vouchd.log"
  (
    ulimit -S -l "$1" && ulimit -H -l "$2" && exec "$BIN/vouchd" </dev/null >>"$T/vouchd.log" 2>&1
  ) &
  AGENT_PID=$!
  started+=("$AGENT_PID")
  wait_until 10 agent_answers || fail "vouchd did not start with a limit of $1/$2 KiB"
}
locked_kib() { awk '$1 == "VmLck:" {print $2}' "/proc/$AGENT_PID/status"; }
warnings() { grep -c 'swapped out' "$T/vouchd.log" || true; }

hard=$(ulimit -H -l)
tried=0
while read -r soft limit locked warned; do
  [ "$hard" = unlimited ] || [ "$limit" -le "$hard" ] || continue
  start_with "$soft" "$limit"
  log_in
  succeeds vouch-credential-process --role "$ROLE_ARN"
  succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
  equal "$locked" "$(locked_kib)" "KiB locked with a limit of $soft/$limit KiB"
  equal "$warned" "$(warnings)" "lines about it with a limit of $soft/$limit KiB"
  stop_agent
  equal 0 "$status" "exit code of vouchd"
  tried=$((tried + 1))
done <<'LIMITS'
0 0 0 1
32 32 0 1
64 64 64 0
0 1024 512 0
64 8192 4096 0
LIMITS
[ "$tried" -ge 2 ] || skip "the limit on locked memory is too low here to try any"

# More than fits: half of 64 KiB is for secrets, the other half for signing. The others are handed out all the same.
start_with 64 64
log_in
for i in {1..40}; do
  succeeds vouch-credential-process --role "arn:aws:iam::123456789012:role/Load-$i"
done
equal 1 "$(warnings)" "lines about a full heap"
