#!/bin/bash
# A flag that does not exist, or one without its value: exit code 6 and the way to the help.
. "$(dirname "$0")/lib.sh"
role=arn:aws:iam::123456789012:role/VouchDeveloper

refused 6 '^vouch-credential-process: .*--roll.*; .*--help' vouch-credential-process --roll "$role"
refused 6 '^vouch-credential-process: .*--role.*; .*--help' vouch-credential-process
refused 6 '^vouch-exec-credential: .*--colour.*; .*--help' vouch-exec-credential eks --colour
refused 6 '^vouchctl: .*--colour.*; .*--help' vouchctl status --colour
refused 6 '^vouchctl: .*frobnicate.*; .*--help' vouchctl frobnicate
refused 6 '^vouchd: .*--colour.*; .*--help' vouchd --colour
