#!/bin/bash
# 3000 connections that say nothing, of 30 programs that make them again whenever they are closed: everybody else is served, vouchd
# holds no more of them than it may, and is rid of them afterwards.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

start_attack silent
callers_are_served "among 3000 silent clients"
at_most 4500 "$(descriptors)" "descriptors"
sleep 12
callers_are_served "when the silent have been shown out and are back"
memory_is_bounded "among 3000 silent clients"

end_attack
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
callers_are_served "afterwards"
memory_is_bounded "afterwards"
