#!/bin/bash
# Headers without an end, thousands of headers, a message of 4 GiB, and many messages of which none ends, on eight connections:
# everybody else is served, and vouchd's memory stays bounded.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

for giant in giant-headers many-headers giant-message many-messages; do
  start_attack "$giant"
  callers_are_served "beside $giant" 20
  memory_is_bounded "beside $giant"
  end_attack
done
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
callers_are_served "afterwards"
memory_is_bounded "afterwards"
