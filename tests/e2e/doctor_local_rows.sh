#!/bin/bash
# vouchctl doctor on this machine: each thing is really broken, named, mended where that is safe, and then the real aws and
# kubectl work.
. "$(dirname "$0")/lib.sh"
need aws kubectl
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL AWS_PROFILE=vouch

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
sed -i 's/^region.*/&\nignore_configured_endpoint_urls = true/' "$AWS_CONFIG_FILE"
succeeds vouchctl setup eks --cluster "$CLUSTER"
chmod 600 "$KUBECONFIG"
cp "$AWS_CONFIG_FILE" "$T/aws.good"
cp "$KUBECONFIG" "$T/kube.good"

# finding CHECK: its verdict, what was done, what and remedy, one line each; of several the worst.
finding() {
  json "'\\n'.join(str(f[k]) for f in sorted((f for f in d['findings'] if f['check'] == '$1'), key=lambda f:
    -['ok', 'info', 'warning', 'failed'].index(f['verdict']))[:1] for k in ('verdict', 'fixed', 'what', 'remedy'))" "$T/report"
}

# doctor [flag…]: its JSON in $T/report.
doctor() {
  run vouchctl doctor --json "$@"
  cp "$T/out" "$T/report"
  ! grep -q canary "$T/report" || fail "doctor shows a secret"
}

# named CHECK VERDICT PATTERN: what the last doctor said.
named() {
  finding "$1" >"$T/finding"
  equal "$2" "$(head -n 1 "$T/finding")" "the verdict on $1"
  contains "$T/finding" "$3"
}

# mended CHECK…: what the last doctor did, and that it found it in order afterwards.
mended() {
  local check
  for check in "$@"; do
    finding "$check" >"$T/finding"
    equal ok "$(head -n 1 "$T/finding")" "the verdict on $check"
    [ "$(sed -n 2p "$T/finding")" != None ] || fail "$check was not mended"
  done
}

aws_works() {
  run aws sts get-caller-identity --endpoint-url "$STS_URL"
  [ "$status" -eq 0 ] || fail "aws: exit code $status"
  contains "$T/out" 'assumed-role/'
}
fails() {
  run "$@"
  [ "$status" -ne 0 ] || fail "this works although it is broken: $*"
}
kubectl_works() {
  run kubectl --context "$CLUSTER-vouch" get pods
  [ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
}

# In the beginning nothing is wrong with this machine.
doctor
equal '[]' "$(json '[f["check"] for f in d["findings"] if f["verdict"] == "failed" and f["area"] in ("agent", "session", "key", "env")]' "$T/report")" failures
named key.present ok 'AAGUID'
named key.pin ok 'not blocked'
for check in aws.static-keys aws.profile kube.file; do named "$check" ok ''; done
kubectl_works

# Keys that shadow the helper: aws is really somebody else, until they are comments.
printf '# of 2019\n[vouch]\naws_access_key_id = AKIAOLDOLDOLDOLDOLD1\naws_secret_access_key = canary\n\n[other]\nregion = eu-west-1\n' >"$HOME/.aws/credentials"
fails aws sts get-caller-identity --endpoint-url "$STS_URL"
# A helper by a relative path; an entry of an old `aws eks update-kubeconfig`; a plugin that moved; a file that others read.
sed -i 's|^credential_process = .*/vouch-credential-process"\?|credential_process = ./vouch-credential-process|' "$AWS_CONFIG_FILE"
sed -i -e 's|client.authentication.k8s.io/v1beta1|client.authentication.k8s.io/v1alpha1|' \
  -e 's|command: .*/vouch-exec-credential.*|command: /nowhere/vouch-exec-credential|' "$KUBECONFIG"
chmod 644 "$KUBECONFIG"
fails kubectl --context "$CLUSTER-vouch" get pods
cp "$AWS_CONFIG_FILE" "$T/aws.broken"

doctor
equal 1 "$status" "the exit code"
named aws.static-keys failed 'keys of its own'
named aws.command failed 'relative path'
named kube.api-version failed 'v1alpha1'
named kube.command failed '/nowhere/vouch-exec-credential does not exist'
named kube.mode warning 'can be read by others'
refused 6 'fix --yes' vouchctl doctor --fix
cmp "$AWS_CONFIG_FILE" "$T/aws.broken" || fail "doctor changed a file that it was only to look at"

doctor --fix --yes
mended aws.static-keys aws.command kube.api-version kube.command kube.mode
printf '# of 2019\n# [vouch]\n# aws_access_key_id = AKIAOLDOLDOLDOLDOLD1\n# aws_secret_access_key = canary\n\n[other]\nregion = eu-west-1\n' |
  cmp - "$HOME/.aws/credentials" || fail "more than the keys was changed"
contains "$AWS_CONFIG_FILE" "$BIN/vouch-credential-process"
cmp "$KUBECONFIG" "$T/kube.good" || fail "more of the kubeconfig was changed"
equal 600 "$(stat -c %a "$KUBECONFIG")" "the kubeconfig's mode"
aws_works
kubectl_works

# What nobody can mend but the person: a wrong profile, two partitions, keys in the environment; no security key, no session.
cp "$T/aws.good" "$AWS_CONFIG_FILE"
sed -i 's|^region = .*|region = us-gov-west-1|' "$AWS_CONFIG_FILE"
kill "$KEY_PID"
wait "$KEY_PID" 2>/dev/null || true
rm -f "$T/key.sock"
succeeds vouchctl logout
export AWS_PROFILE=vuoch AWS_ACCESS_KEY_ID=AKIAOLD AWS_SECRET_ACCESS_KEY=canary CLAUDECODE=1
doctor
named aws.profile failed 'export AWS_PROFILE=vouch'
named aws.partition failed 'us-gov-west-1 in aws-us-gov'
named env.keys failed 'unset AWS_ACCESS_KEY_ID'
named env.ai-agent info 'claude-code'
named key.present warning 'no security key is plugged in'
named session.login failed 'vouchctl login'
contains "$T/report" 'Unauthorized'
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY CLAUDECODE

stop_agent
run vouchctl doctor --quiet
equal 9 "$status" "the exit code without an agent"
contains "$T/out" '^  FAILED   the agent is not running: there is no socket'
if grep -q '^  ok ' "$T/out"; then fail "--quiet shows what is in order"; fi

# A folder that was mended is not yet an agent that answers.
chmod 755 "$(dirname "$SOCKET")"
doctor --fix --yes
equal 9 "$status" "the exit code without an agent in a mended folder"
named agent.folder ok 'in order now'
named agent.reachable failed 'the agent is not running'
