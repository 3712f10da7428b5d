#!/bin/bash
# A security key that is not registered with this server.
. "$(dirname "$0")/lib.sh"
make_key
start_key --empty
start_sandbox
start_agent

login_refused 3 '^vouchctl: .*no credential for this server; register' "$PIN" --timeout 60
