# What the attacks on vouchd's socket share: the attacker, the honest callers beside him, and what vouchd takes meanwhile.
# Sourced after tests/e2e/lib.sh, never run.
# shellcheck shell=bash disable=SC2034

SECURITY=$TESTS/security
ROUND=0

# start_attack NAME [SECONDS]: of door_attacks.py; runs until it is ended, or for that long. What it tells at its end is in $T/attack.
start_attack() {
  : >"$T/attack"
  "$PYTHON" "$SECURITY/door_attacks.py" "$1" "$SOCKET" "${@:2}" >"$T/attack" 2>>"$T/attack.log" &
  ATTACK_PID=$!
  started+=("$ATTACK_PID")
  wait_until 60 grep -q ready "$T/attack" || fail "the attack $1 did not start"
}

end_attack() {
  kill -TERM "$ATTACK_PID" 2>/dev/null || true
  wait "$ATTACK_PID" || true
}

# told EXPRESSION: of the document `d` that the attack has printed at its end.
told() { tail -n 1 "$T/attack" | json "$1"; }

# callers_are_served WHEN [COUNT]: helpers for a role that is there and, each second one, for one that has to be
# fetched: none fails, and none takes longer than 4 s (it gives up after 5), or four times the slowest of those who called
# when nothing was wrong. One in ten may have run out of its time and ask again, on a machine that has other work. And vouchctl.
callers_are_served() {
  local count=${2:-50} at_once=8 limit failed again slowest
  ROUND=$((ROUND + 1))
  limit=$(awk -v alone="${SLOWEST_ALONE:-60}" 'BEGIN { print (alone > 1 ? 4 * alone : 4) }')
  ! has_sanitizers || at_once=4 limit=60  # slow by itself; the helper's own five seconds are the limit then
  read -r failed again slowest < <("$PYTHON" "$SECURITY/callers.py" "$count" "$at_once" "$limit" "${ROLE_ARN%/*}/Load-$ROUND" \
    "$BIN/vouch-credential-process" --role "$ROLE_ARN" 2>>"$T/err")
  equal 0 "$failed" "callers not served within $limit s $1"
  at_most $((count / 10)) "$again" "callers who had to ask again $1"
  SLOWEST_ALONE=${SLOWEST_ALONE:-$slowest}
  echo "$1: the slowest caller took $slowest s, $again asked again; vouchd has $(descriptors) descriptors and" \
    "$(memory) MiB, at its worst $(most_memory) MiB" >&2
  vouchctl_answers || { grep -q 'in time' "$T/err" && vouchctl_answers; } || fail "vouchctl status fails $1"
}
vouchctl_answers() { "$BIN/vouchctl" status >/dev/null 2>"$T/err"; }

# 0 where only root may count them.
descriptors() { find "/proc/$AGENT_PID/fd" -mindepth 1 2>/dev/null | wc -l; }

# MiB of it in memory.
memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$AGENT_PID/status"; }

# MiB: the most that it ever had.
most_memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$AGENT_PID/status"; }

at_most() { [ "$2" -le "$1" ] || fail "$3: $2, and at most $1 were to be"; }

# memory_is_bounded WHEN: it is bounded by looking at it, and a machine that is busy looks late: hence some hundred MiB
# of room, and some more for the worst moment so far. Without a bound each of these attacks takes gigabytes.
memory_is_bounded() {
  ! has_sanitizers || return 0
  wait_until 30 memory_is_low || fail "$(memory) MiB of vouchd $1, $MEMORY_ALONE alone"
  at_most $((MEMORY_ALONE + 700)) "$(most_memory)" "MiB of vouchd at its worst $1"
}
memory_is_low() { [ "$(memory)" -le $((MEMORY_ALONE + 450)) ]; }

descriptors_are_few() { [ "$(descriptors)" -lt 100 ]; }

# Descriptors as before the attack, or a few more.
descriptors_are_back() { [ "$(descriptors)" -le $((DESCRIPTORS_ALONE + 8)) ]; }

start_door() {
  start_all
  succeeds vouch-credential-process --role "$ROLE_ARN"
  callers_are_served "alone"
  wait_until 10 descriptors_are_few || fail "$(descriptors) descriptors are open before the attack"
  DESCRIPTORS_ALONE=$(descriptors)
  MEMORY_ALONE=$(memory)
}
