#!/bin/bash
# Nothing on the socket: exit code 9 from the shims and from vouchctl, with the way to start it.
. "$(dirname "$0")/lib.sh"
role=arn:aws:iam::123456789012:role/VouchDeveloper

refused 9 '^vouch-credential-process: .*; .*vouchd' vouch-credential-process --role "$role"
refused 9 '^vouch-exec-credential: .*; .*vouchd' \
  vouch-exec-credential eks --cluster-name demo --region us-east-1 --role "$role"
refused 9 '^vouchctl: .*; .*vouchd' vouchctl status

# A file in the place of the socket is not an agent either.
mkdir -m 0700 "$XDG_RUNTIME_DIR/vouch"
: >"$SOCKET"
refused 9 '; .*vouchd' vouch-credential-process --role "$role"
