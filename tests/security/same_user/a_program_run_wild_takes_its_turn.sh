#!/bin/bash
# A program that has two thousand fetches waiting: whoever else needs one is served in his turn, which is the next.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

fetched=$(count sts.AssumeRoleWithWebIdentity)
start_attack wild
callers_are_served "beside a program that has run wild" 40
sleep 5
callers_are_served "later" 40
end_attack
fetched=$(($(count sts.AssumeRoleWithWebIdentity) - fetched))
[ "$fetched" -gt 200 ] || fail "only $fetched roles were fetched: the program stood in nobody's way"
callers_are_served "afterwards"
