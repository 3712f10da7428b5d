#!/bin/bash
# vouchctl doctor on this machine: each thing is really broken, named, mended where that is safe, and then the real aws and
# kubectl work.
. "$(dirname "$0")/lib.sh"
need aws kubectl
start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL AWS_PROFILE=vouch
HELPER=$BIN/vouch-credential-process

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
sed -i 's/^region.*/&\nignore_configured_endpoint_urls = true/' "$AWS_CONFIG_FILE"
succeeds vouchctl setup eks --cluster "$CLUSTER"
chmod 600 "$KUBECONFIG"
cp "$AWS_CONFIG_FILE" "$T/aws.good"
cp "$KUBECONFIG" "$T/kube.good"

# finding CHECK: its verdict, what was done and what remains to be said, one line each; of several the worst.
finding() {
  json "\"\\n\".join(str(f[k]) for f in sorted((f for f in d['findings'] if f['check'] == '$1'), key=lambda f:
    -['ok', 'info', 'warning', 'failed'].index(f['verdict']))[:1] for k in ('verdict', 'fixed', 'what', 'remedy'))" "$T/out"
}

# doctor [flag…]: its JSON in $T/out.
doctor() { run vouchctl doctor --json "$@"; }

# named CHECK VERDICT PATTERN: doctor finds it, and changes nothing.
named() {
  doctor
  finding "$1" >"$T/finding"
  equal "$2" "$(head -n 1 "$T/finding")" "the verdict on $1"
  contains "$T/finding" "$3"
}

# mended CHECK: doctor mends it and finds it in order, and then everything is.
mended() {
  doctor --fix --yes
  finding "$1" >"$T/finding"
  [ "$(sed -n 2p "$T/finding")" != None ] || fail "$1 was not mended"
  doctor
  [ "$(finding "$1" | head -n 1)" != failed ] || fail "$1 is still broken"
}

aws_works() {
  run aws sts get-caller-identity --endpoint-url "$STS_URL"
  [ "$status" -eq 0 ] || fail "aws: exit code $status"
  contains "$T/out" 'assumed-role/'
}
kubectl_works() {
  run kubectl --context "$CLUSTER-vouch" get pods
  [ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
}

# Nothing is wrong with this machine in the beginning.
doctor
equal '[]' "$(json '[f["check"] for f in d["findings"] if f["verdict"] == "failed" and f["area"] in ("agent", "session", "key", "aws", "kube")]' "$T/out")" failures
equal ok "$(finding key.pin | head -n 1)" "the security key's PIN"
[ "$(finding key.present | grep -c AAGUID)" -eq 1 ] || fail "the security key was not described"
aws_works
kubectl_works

# Keys that shadow the helper: aws is really somebody else, until they are comments.
printf '# of 2019\n[vouch]\naws_access_key_id = AKIAOLDOLDOLDOLDOLD1\naws_secret_access_key = canary\n\n[other]\nregion = eu-west-1\n' >"$HOME/.aws/credentials"
run aws sts get-caller-identity --endpoint-url "$STS_URL"
[ "$status" -ne 0 ] || fail "the keys of the credentials file do not shadow the helper"
named aws.static-keys failed 'keys of its own'
! grep -q canary "$T/out" || fail "doctor shows a secret"
mended aws.static-keys
aws_works
printf '# of 2019\n# [vouch]\n# aws_access_key_id = AKIAOLDOLDOLDOLDOLD1\n# aws_secret_access_key = canary\n\n[other]\nregion = eu-west-1\n' | cmp - "$HOME/.aws/credentials" ||
  fail "more than the keys was changed"

# A helper that is not there.
sed -i "s|^credential_process = .*/vouch-credential-process\"\\?|credential_process = ./vouch-credential-process|" "$AWS_CONFIG_FILE"
contains "$AWS_CONFIG_FILE" '= ./vouch'
(cd / && run aws sts get-caller-identity --endpoint-url "$STS_URL" && [ "$status" -ne 0 ]) || fail "a relative path works"
named aws.command failed 'relative path'
mended aws.command
contains "$AWS_CONFIG_FILE" "$HELPER"
aws_works

# An entry of an old `aws eks update-kubeconfig`.
sed -i 's|client.authentication.k8s.io/v1beta1|client.authentication.k8s.io/v1alpha1|' "$KUBECONFIG"
run kubectl --context "$CLUSTER-vouch" get pods
[ "$status" -ne 0 ] || fail "this kubectl takes v1alpha1"
named kube.api-version failed 'v1alpha1'
mended kube.api-version
cmp "$KUBECONFIG" "$T/kube.good" || fail "more than the API version was changed"
kubectl_works

# A plugin that moved, and a file that others read.
sed -i 's|command: .*/vouch-exec-credential.*|command: /nowhere/vouch-exec-credential|' "$KUBECONFIG"
chmod 644 "$KUBECONFIG"
named kube.command failed '/nowhere/vouch-exec-credential does not exist'
mended kube.command
equal 600 "$(stat -c %a "$KUBECONFIG")" "the kubeconfig's mode"
kubectl_works

# A profile that does not exist, and keys in the environment: nothing to mend, everything to say.
export AWS_PROFILE=vuoch
named aws.profile failed 'export AWS_PROFILE=vouch'
export AWS_PROFILE=vouch AWS_ACCESS_KEY_ID=AKIAOLD AWS_SECRET_ACCESS_KEY=canary
named env.keys failed 'unset AWS_ACCESS_KEY_ID'
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
export CLAUDECODE=1
named env.ai-agent info 'claude-code'
unset CLAUDECODE

# Nobody is asked without a terminal, and nothing is changed.
cp "$T/aws.good" "$AWS_CONFIG_FILE"
sed -i 's|^region = .*|region = us-gov-west-1|' "$AWS_CONFIG_FILE"
cp "$AWS_CONFIG_FILE" "$T/before"
refused 6 'fix --yes' vouchctl doctor --fix
named aws.partition failed 'us-gov-west-1 in aws-us-gov'
cmp "$AWS_CONFIG_FILE" "$T/before" || fail "doctor changed a file that it was only to look at"
cp "$T/aws.good" "$AWS_CONFIG_FILE"

# The security key: pulled out; the session: ended; the agent: gone. Each has its exit code.
kill "$KEY_PID"
wait "$KEY_PID" 2>/dev/null || true
rm -f "$T/key.sock"
named key.present info 'no security key is plugged in'
succeeds vouchctl logout
named session.login failed 'vouchctl login'
contains "$T/out" 'Unauthorized'
unset AWS_ENDPOINT_URL_EKS AWS_ENDPOINT_URL_STS
stop_agent
doctor
equal 9 "$status" "the exit code without an agent"
named agent.reachable failed 'there is no socket|nobody answers|not running'
run vouchctl doctor --quiet
! grep -q '^  ok ' "$T/out" || fail "--quiet shows what is in order"
contains "$T/out" 'FAILED'
