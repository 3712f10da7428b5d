#!/bin/bash
# Each thing that is handed out, and each refusal, is one line of the audit log: what, to which program, with which result. The
# program is the one that a person thinks of: aws, not the helper or python3. No secret is in it. A log that cannot be written
# keeps nobody from their credentials.
. "$(dirname "$0")/lib.sh"
. "$E2E/kubernetes.sh"
. "$E2E/audit.sh"
need aws kubectl curl
start_all
AWS_ENDPOINT_URL_SIGNIN=$(json 'd["signin"]' "$T/sandbox/sandbox.json")
export AWS_ENDPOINT_URL_SIGNIN AWS_ENDPOINT_URL_EKS=$EKS_URL
role="e['role'] == '$ROLE_ARN' and e['result'] == 'ok'"
real() { readlink -f "$(command -v "$1")"; }

told "e['event'] == 'login' and e['result'] == 'ok' and e['server'] == '$VOUCH_URL'" "the login"

# hold FAULTS COMMAND…: the far end keeps it waiting until let_go, so that it is still there when vouchd looks who asked.
hold() {
  faults "$1"
  "${@:2}" >"$T/held" 2>"$T/held.err" </dev/null &
  held=$!
  started+=("$held")
}
let_go() {
  faults '{"sts": {"mode": "none"}, "k8s": {"mode": "none"}}'
  status=0
  wait "$held" || status=$?
}
hold_aws() {
  hold '{"sts": {"mode": "delay", "seconds": 60, "operation": "GetCallerIdentity"}}' \
    aws --profile vouch sts get-caller-identity --endpoint-url "$STS_URL"
}
let_go_well() {
  let_go
  [ "$status" -eq 0 ] && [ ! -s "$T/held.err" ] || { cat "$T/held.err" >&2 && fail "exit code $status from aws"; }
}

# The real programs, by both shims.
write_aws_profile
hold_aws
by_aws="e['event'] == 'aws' and e['executable'] == '$(real aws)' and $role and e['caller_class'] == 'person'"
told "$by_aws" "aws"
let_go_well
hold_aws
wait_until 60 audit_has "sum(1 for e in d if $by_aws) == 2" || fail "no second line of aws, from the cache"
let_go_well
write_kubeconfig v1beta1 >"$KUBECONFIG"
hold '{"k8s": {"mode": "delay", "seconds": 60}}' kubectl get pods
told "e['event'] == 'eks' and e['executable'] == '$(real kubectl)' and e['cluster'] == '$CLUSTER' and $role" "kubectl"
let_go

# Every other way.
succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
cp "$T/out" "$T/k8s.json"
told "e['event'] == 'kubernetes' and e['audience'] == 'kubernetes' and e['cluster'] == '$CLUSTER' and e['result'] == 'ok'" "a Kubernetes token"
succeeds vouchctl console --role "$ROLE_ARN" --region "$REGION" --print
cp "$T/out" "$T/page"
told "e['event'] == 'console' and $role" "the console"
KUBECONFIG=$T/kubeconfig succeeds vouchctl setup eks --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION"
wait_until 60 audit_has "any(e['event'] == 'describe' and e['cluster'] == '$CLUSTER' and $role for e in d)" || fail "no line of a described cluster"
succeeds env AI_AGENT=some-agent vouch-credential-process --role "$ROLE_ARN"
told "e['event'] == 'aws' and e['caller_class'] == 'some-agent' and $role" "an AI agent"

# shellcheck disable=SC2016 # expanded by the command
succeeds vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- bash -c \
  'for _ in 1 2 3; do curl -sS --noproxy "*" -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"; echo; done'
cp "$T/out" "$T/answers"
equal 3 "$(grep -c SecretAccessKey "$T/answers")" "answers of the endpoint"
told "e['event'] == 'endpoint' and $role" "the endpoint"
wait_until 60 audit_has "sum(1 for e in d if e['event'] == 'endpoint_answer' and $role) == 3" || fail "not a line for each answer of the endpoint"

# Who asked is told with numbers that are true.
"$BIN/vouch-credential-process" --role "$ROLE_ARN" --region eu-west-1 >"$T/aws.json" &
helper=$!
wait "$helper"
told "e.get('helper_pid') == $helper and e['pid'] == $$ and e['uid'] == $(id -u) and e['executable'] == '$(readlink -f "$0")'" "this script"

# Refusals.
faults '{"sts": {"mode": "access_denied"}}'
run vouch-credential-process --role "${ROLE_ARN%/*}/Another"
told "e['event'] == 'aws' and e['role'].endswith('/Another') and e['result'] != 'ok'" "a role that AWS refuses"
faults '{"sts": {"mode": "none"}}'
vouchctl logout >/dev/null
told "e['event'] == 'logout'" "the logout"
refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
told "e['event'] == 'aws' and e['result'] == 'not_logged_in'" "who is not logged in"
log_in

# A storm loses no line.
pids=()
for _ in {1..200}; do
  "$BIN/vouch-credential-process" --role "$ROLE_ARN" --region us-west-2 >/dev/null 2>>"$T/shims.err" </dev/null &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a shim failed"; done
helpers=$(IFS=,; echo "${pids[*]}")
wait_until 60 audit_has "{e.get('helper_pid') for e in d} >= {$helpers}" || fail "lines of the storm are missing"

# A log that cannot be written: everybody is served, it is said once, and how much is missing is told afterwards.
mv "$AUDIT_LOG" "$T/audit.before"
mkdir "$AUDIT_LOG"
for _ in 1 2 3; do succeeds vouch-credential-process --role "$ROLE_ARN"; done
wait_until 60 grep -q 'audit log cannot be written' "$T/vouchd.log" || fail "nothing is said of the audit log"
rmdir "$AUDIT_LOG"  # one of the three may come late enough to be written
succeeds vouch-credential-process --role "$ROLE_ARN"
told "e['event'] == 'lost' and 1 <= e['lines'] <= 3" "what was lost"
lost=$(audit "sum(e['lines'] for e in d if e['event'] == 'lost')")
wait_until 60 audit_has "sum(1 for e in d if e['event'] == 'aws') == 4 - $lost" || fail "a line is missing, and not told"
equal 1 "$(grep -c 'audit log cannot be written' "$T/vouchd.log")" "complaints about the audit log"

# What waits is written when vouchd ends; only its owner reads the file; no secret is in it.
for _ in {1..50}; do "$BIN/vouch-credential-process" --role "$ROLE_ARN" >/dev/null; done
stop_agent
equal "$((54 - lost))" "$(audit "sum(1 for e in d if e['event'] == 'aws')")" "lines after the end"
equal 600 "$(stat -c %a "$AUDIT_LOG")" "mode of the audit log"
cat "$T/audit.before" "$AUDIT_LOG" >"$T/audit.all"
{
  printf '%s\n' "$PIN"
  json 'd["SecretAccessKey"] + "\n" + d["SessionToken"] + "\n" + d["AccessKeyId"]' "$T/aws.json"
  json 'd["status"]["token"]' "$T/k8s.json"
  head -n 1 "$T/answers" | json 'd["SecretAccessKey"] + "\n" + d["Token"]'
  cat "$T/page"
} >"$T/canaries"
equal 8 "$(grep -c . "$T/canaries")" "canaries"
! grep -qFf "$T/canaries" "$T/audit.all" || fail "a secret is in the audit log"
! grep -qE 'eyJ[A-Za-z0-9_-]{10}|k8s-aws-v1\.|SigninToken' "$T/audit.all" || fail "a token is in the audit log"
