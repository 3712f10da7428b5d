#!/bin/bash
# Clients that begin and do not go on, at each place where one can stop, one that sends a byte now and then, and clients that take
# no answer: each is shown out in its time, and nobody else waits for them.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$(dirname "$0")/../door.sh"
start_door

start_attack takes-nothing
taking=$ATTACK_PID
mv "$T/attack" "$T/taking"  # open as it is
sleep 4  # its calls are worked through
start_attack slow
callers_are_served "among slow clients"
wait "$ATTACK_PID" || fail "the attack ended badly"
for kind in $(told '" ".join(k.replace(" ", "_") for k in d)'); do
  seconds=$(told "d['${kind//_/ }']")
  awk -v s="$seconds" 'BEGIN { exit s <= 20 ? 0 : 1 }' || fail "a client that sends ${kind//_/ } was there for $seconds s"
done
[ "$(told 'len(d)')" -ge 9 ] || fail "not every kind of slow client was tried"

wait "$taking" || fail "the attack ended badly"
tail -n 1 "$T/taking" >"$T/attack"
for kind in "no window" "never read"; do
  seconds=$(told "d['$kind']")
  awk -v s="$seconds" 'BEGIN { exit s <= 60 ? 0 : 1 }' || fail "a client that takes nothing ($kind) was there for $seconds s"
done
wait_until 20 descriptors_are_back || fail "$(descriptors) descriptors after the attack, $DESCRIPTORS_ALONE before"
callers_are_served "afterwards"
