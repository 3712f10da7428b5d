#!/bin/bash
# A program that has two thousand fetches waiting: whoever else needs one is served in his turn, which is the next.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

before=$(count sts.AssumeRoleWithWebIdentity)
fetched() { echo $(($(count sts.AssumeRoleWithWebIdentity) - before)); }
stands_in_the_way() { [ "$(fetched)" -gt 200 ]; }
start_attack wild
callers_are_served "beside a program that has run wild" 40
wait_until 60 stands_in_the_way || fail "only $(fetched) roles were fetched: the program stood in nobody's way"
callers_are_served "later" 40
end_attack
callers_are_served "afterwards"
