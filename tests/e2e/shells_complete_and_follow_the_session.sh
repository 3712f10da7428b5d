#!/bin/bash
# Real bash (with and without the package bash-completion), zsh and fish, on a terminal: the Tab key knows commands, roles
# and profiles, and the prompt hook's variables follow the session. A shell that is not installed is left out, and said.
. "$(dirname "$0")/lib.sh"

start_all
write_aws_profile
printf '\n[profile "two words"]\ncredential_process = vouch-credential-process --role %s\n' "$ROLE_ARN" >>"$AWS_CONFIG_FILE"
export RUN_BY_A_NAME=$T/run-by-a-name
# shellcheck disable=SC2016
printf '\n[profile "evil$(>$RUN_BY_A_NAME)it'"'"'s"]\ncredential_process = vouch-credential-process --role %s\n' "$ROLE_ARN" \
  >>"$AWS_CONFIG_FILE"
export ROLE=$ROLE_ARN VOUCHCTL=$BIN/vouchctl

check() {
  echo "$*"
  "$PYTHON" "$E2E/shells.py" "$1" || fail "$1"
  log_in
}

check bash
package=/usr/share/bash-completion/bash_completion
for shell in zsh fish; do
  if command -v "$shell" >/dev/null; then check "$shell"; else echo "not here: $shell"; fi
done
if [ -r "$package" ]; then BASH_COMPLETION=$package check bash with bash-completion; else echo "not here: bash-completion"; fi

# Too few words, an unknown shell, no agent: one line, or fewer candidates.
refused 6 'bash, zsh or fish' "$BIN/vouchctl" init tcsh
SHELL=/bin/sh refused 6 'bash, zsh or fish' "$BIN/vouchctl" init
stop_agent
succeeds "$BIN/vouchctl" complete -- vouchctl login --server ''
equal words "$(cat "$T/out")" "candidates without an agent"
succeeds "$BIN/vouchctl" complete -- vouchctl trust --role ''
contains "$T/out" "^$ROLE_ARN"
