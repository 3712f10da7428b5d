#!/bin/bash
# A person's day at a terminal, 80 columns wide and again 60: what is on the screen is what it should be, and a PIN never is.
# By hand: --update writes the screens of terminal/screens instead of comparing them, --size 80x24 plays that one only.
if [ "${1:-}" != --size ]; then  # each size is a day of its own, side by side
  status=0
  for size in 80x24 60x24; do
    bash "$0" --size "$size" "$@" &
    days+=("$!")
  done
  for day in "${days[@]}"; do
    wait "$day" || status=$?
  done
  exit "$status"
fi

. "$(dirname "$0")/lib.sh"
need tmux aws kubectl
[[ $(aws --version 2>&1) == aws-cli/2* ]] || skip "doctor says more where aws is version 1"
make_key
start_key --touch "file:$T/touch"
start_sandbox --device-interval 1
start_agent
READER=${ROLE_ARN%/*}/VouchReader
VERSION=$(vouchctl --version | grep -oE '[0-9]+\.[0-9.]+[^ ]*')
export AWS_ENDPOINT_URL_EKS=$EKS_URL
export T PIN CONTROL_URL ROLE_ARN READER REGION CLUSTER EKS_URL VERSION
size=$2
shift 2
"$PYTHON" "$E2E/terminal/day.py" --size "$size" "$@" || fail "the day at $size is not as it should be"
