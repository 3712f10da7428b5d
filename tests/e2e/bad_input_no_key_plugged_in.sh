#!/bin/bash
# No security key within the time limit.
. "$(dirname "$0")/lib.sh"
make_key
start_sandbox
start_agent
export VOUCH_FIDO_DEVICE=unix:$T/unplugged.sock

login_refused 3 '^vouchctl: no security key.*; plug it in' "$PIN" --timeout 1
