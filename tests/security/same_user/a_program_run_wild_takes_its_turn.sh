#!/bin/bash
# A program that has two thousand fetches waiting: whoever else needs one is served in his turn, which is the next.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

before=$(count sts.AssumeRoleWithWebIdentity)
fetched() { echo $(($(count sts.AssumeRoleWithWebIdentity) - before)); }
stands_in_the_way() { [ "$(fetched)" -gt 200 ]; }
start_attack wild
# With the sanitizers the two thousand calls take seconds until they all wait for their fetch.
is_quick() { timed vouchctl status >/dev/null && [ "$took" -lt 1000 ]; }
! has_sanitizers || wait_until 60 is_quick || fail "vouchd answers nobody: $took ms"
callers_are_served "beside a program that has run wild" 40
wait_until 60 stands_in_the_way || fail "only $(fetched) roles were fetched: the program stood in nobody's way"
callers_are_served "later" 40
end_attack
callers_are_served "afterwards"
