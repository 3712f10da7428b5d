#!/bin/bash
# `vouchctl setup` on a terminal, from an empty HOME: enrol in the browser, profile, context; then the real aws and kubectl work.
# Run again with Enter alone it changes no file.
. "$(dirname "$0")/lib.sh"
. "$E2E/account.sh"
need aws kubectl

# answers: a script for typist.py on standard input, for `vouchctl setup`; exit code in $status.
answers() {
  cat >"$T/script"
  run "$PYTHON" "$E2E/typist.py" "$T/script" vouchctl setup --no-browser
  [ ! -s "$T/err" ] || fail "the terminal did not show what it should"
}
ends_with() { [ "$status" -eq "$1" ] || fail "vouchctl setup ended with $status instead of $1"; }
sums() { find "$HOME" "$XDG_CONFIG_HOME" -type f ! -name audit.log -exec sha256sum {} + | sort; }

make_empty_key
start_key
start_sandbox --device-interval 1
: >"$XDG_CONFIG_HOME/vouch/vouchd.toml"  # no server is known
start_agent
rmdir "$HOME/.aws" "$HOME/.kube"
export AWS_ENDPOINT_URL_EKS=$EKS_URL

# Ctrl-C at the first question: nothing was done, and it is said how to go on.
answers <<SCRIPT
Address of the Vouch server [https://us.vouch.sh]: => ^C
SCRIPT
ends_with 1
contains "$T/out" 'stopped; what was done stays; to go on: vouchctl setup'
[ ! -e "$HOME/.aws" ] || fail "Ctrl-C left something behind"

# Wrong answers first, each of which is asked for again; and a role that AWS refuses.
decide approve &
answers <<SCRIPT
Address of the Vouch server [https://us.vouch.sh]: => http://vouch.example.com
Address of the Vouch server [https://us.vouch.sh]: => $VOUCH_URL
How? (login/enroll) [enroll]: => perhaps
How? (login/enroll) [enroll]: =>
PIN of the security key: => $PIN
ARN of your IAM role, arn:aws:iam::ACCOUNT:role/NAME [skip]: => VouchDeveloper
ARN of your IAM role, arn:aws:iam::ACCOUNT:role/NAME [skip]: => $ROLE_ARN
AWS region => cn-north-1
AWS region => $REGION
Write it? (yes/no) [yes]: =>
Name of the EKS cluster [skip]: => $CLUSTER
Its region [$REGION]: =>
SCRIPT
wait $!
ends_with 0
contains "$T/out" 'Enrolled as bob@example.com'
contains "$T/out" 'AWS gives credentials: role VouchDeveloper in account 123456789012'
contains "$T/out" 'The cluster lets the role in'
contains "$T/out" '^    aws sts get-caller-identity --profile vouch$'
contains "$T/out" "^    kubectl --context $CLUSTER-vouch get pods$"
! grep -qF "$PIN" "$T/out" || fail "the PIN was shown"

succeeds aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL"
contains "$T/out" 'VouchDeveloper/bob@example.com'
run kubectl --context "$CLUSTER-vouch" get pods
[ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
contains "$T/out" 'Running'

rm -rf "$HOME/.kube/cache"  # kubectl's own
sums >"$T/before"
answers <<SCRIPT
Address of the Vouch server [$VOUCH_URL]: =>
Profile, or the ARN of another role [vouch]: =>
Name of the EKS cluster [$CLUSTER]: =>
SCRIPT
ends_with 0
contains "$T/out" 'Logged in as bob@example.com until'
contains "$T/out" 'Nothing to change'
sums >"$T/after"
cmp -s "$T/before" "$T/after" || fail "the second run changed a file"

# No terminal: the commands to use instead, or all answers as flags.
refused 6 'no terminal.*vouchctl setup --server URL --role ARN --region REGION --cluster NAME --yes' vouchctl setup
rm -r "$HOME/.aws" "$HOME/.kube"
succeeds vouchctl setup --server "$VOUCH_URL" --role "$ROLE_ARN" --region "$REGION" --cluster "$CLUSTER" --yes
run kubectl --context "$CLUSTER-vouch" get pods
[ "$status" -eq 0 ] || fail "kubectl get pods after a run without questions: exit code $status"
