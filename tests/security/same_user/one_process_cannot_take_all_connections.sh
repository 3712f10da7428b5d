#!/bin/bash
# A program that has run wild opens 600 connections and asks something on each, so that none is silent: it keeps 128 of them, and
# everybody else has the rest.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

start_attack greedy
callers_are_served "beside a greedy program"
descriptors_are_bounded() { [ "$(descriptors)" -le $((DESCRIPTORS_ALONE + 2 * 128 + 60)) ]; }
wait_until 20 descriptors_are_bounded || fail "$(descriptors) descriptors, $DESCRIPTORS_ALONE alone"
end_attack
equal 128 "$(told 'd["open"]')" "connections that one program could keep"
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
