#!/bin/bash
# A second vouchd does not take the socket from the first.
. "$(dirname "$0")/lib.sh"
start_all
inode=$(stat -c %i "$SOCKET")

run timeout 60 vouchd
[ "$status" -ne 0 ] && [ "$status" -ne 124 ] || fail "the second vouchd ended with exit code $status"
contains "$T/err" 'already|in use|another vouchd'
equal "$inode" "$(stat -c %i "$SOCKET")" "inode of the socket"
succeeds vouch-credential-process --role "$ROLE_ARN"
