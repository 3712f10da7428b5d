#!/bin/bash
# Frames of every kind that costs the sender nothing, as fast as they are taken, on eight connections: everybody else is served, and
# vouchd keeps nothing of it. The last one keeps still before, until nobody looks at it any more.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

for flood in pings settings window-updates priorities unknown-frames abandoned-calls continuations empty-data new-streams new-streams late-streams; do
  start_attack "$flood"
  case $flood in late-streams) sleep 10 ;; esac
  callers_are_served "in a flood of $flood" 20
  end_attack
  [ "$(told "d['bytes']")" -gt 100000 ] || fail "hardly anything was sent in a flood of $flood"
  has_sanitizers || at_most $((MEMORY_ALONE + 450)) "$(most_memory)" "MiB of vouchd in a flood of $flood"
done
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
callers_are_served "afterwards"
