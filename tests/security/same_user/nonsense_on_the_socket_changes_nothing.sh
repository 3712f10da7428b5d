#!/bin/bash
# Ten seconds of random bytes, and of whole calls with bytes changed, cut off or sent twice: vouchd serves on, and is as before.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

export SEED=$RANDOM
start_attack nonsense 10
callers_are_served "beside nonsense"
wait "$ATTACK_PID" || fail "the attack ended badly"
[ "$(told 'd["connections"]')" -gt 100 ] || fail "hardly any nonsense was sent"
kill -0 "$AGENT_PID" || fail "vouchd has died (seed $SEED)"
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before (seed $SEED)"
callers_are_served "afterwards"
stop_agent
equal 0 "$status" "exit code of vouchd (seed $SEED)"
