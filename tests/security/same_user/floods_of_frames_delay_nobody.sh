#!/bin/bash
# Frames of every kind that costs the sender nothing, as fast as they are taken, on eight connections: everybody else is served, and
# vouchd keeps nothing of it. The last one keeps still before, until nobody looks at it any more.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

for flood in pings settings window-updates priorities unknown-frames abandoned-calls continuations empty-data new-streams new-streams late-streams; do
  start_attack "$flood"
  callers_are_served "in a flood of $flood" 20
  memory_is_bounded "in a flood of $flood"
  end_attack
done
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
callers_are_served "afterwards"
memory_is_bounded "afterwards"
