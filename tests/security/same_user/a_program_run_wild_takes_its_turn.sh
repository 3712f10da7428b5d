#!/bin/bash
# A program that has two thousand fetches waiting: whoever else needs one is served in his turn, which is the next.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

start_attack wild
callers_are_served "beside a program that has run wild" 40
sleep 5
callers_are_served "later" 40
end_attack
answered=$(told "d['answered']")
[ "$answered" -gt 100 ] || fail "only $answered calls of the program were answered, so that it stood in nobody's way"
callers_are_served "afterwards"
