#!/bin/bash
# `vouchctl status --json` tells everything but secrets, and so does the log of vouchd: PIN, tokens, keys are looked for in both.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
write_config
printf '%s\n' 13579-wrong-pin >"$T/pin"
start_agent
input=$T/pin run vouchctl login
log_in

succeeds vouch-credential-process --role "$ROLE_ARN"
cp "$T/out" "$T/aws.json"
succeeds vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
cp "$T/out" "$T/eks.json"
succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
cp "$T/out" "$T/k8s.json"
faults '{"sts": {"mode": "garbage"}}'
run vouch-credential-process --role "$ROLE_ARN" --region eu-west-1
run vouchctl status
cp "$T/out" "$T/status.txt"
succeeds vouchctl status --json
cp "$T/out" "$T/status.json"

# What it must tell.
equal '["alice@example.com", true, true]' "$(json \
  "[d['session']['email'], d['session']['server'] == '$VOUCH_URL', 28000 < d['session']['seconds_left'] <= 28800]" \
  "$T/status.json")" "session in status"
equal '["aws", true, true, true, "sts:AssumeRoleWithWebIdentity"]' "$(json "next([c['kind'], c['role_arn'] == '$ROLE_ARN', \
  c['expires_at'] > d['session']['authenticated_at'], d['session']['authenticated_at'] < c['next_renewal_at'] < c['expires_at'], c['source']] \
  for c in d['credentials'] if c['kind'] == 'aws')" "$T/status.json")" "credential in status"

# What it must not tell. The session's own token never leaves vouchd, so tokens are looked for by their form.
{
  printf '%s\n' "$PIN" 13579-wrong-pin
  json 'd["SecretAccessKey"] + "\n" + d["SessionToken"] + "\n" + d["AccessKeyId"]' "$T/aws.json"
  json 'd["status"]["token"]' "$T/eks.json"
  json 'd["status"]["token"]' "$T/k8s.json"
} >"$T/canaries"
equal 7 "$(grep -c . "$T/canaries")" "canaries"
for file in status.json status.txt vouchd.log; do
  ! grep -qFf "$T/canaries" "$T/$file" || fail "a secret is in $file"
  ! grep -qE 'eyJ[A-Za-z0-9_-]{10}|k8s-aws-v1\.|BEGIN [A-Z ]*PRIVATE' "$T/$file" || fail "a token or key is in $file"
done
[ -s "$T/vouchd.log" ] || fail "there is no log to look into"
