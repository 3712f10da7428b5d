#!/bin/bash
# `vouchctl lock`: nothing is handed out, by no way, to nobody, also to who asked before; the session lives on. It holds over a
# kill -9 of vouchd, and is lifted by unlock, or by a login.
. "$(dirname "$0")/lib.sh"
. "$E2E/audit.sh"
need curl
make_key
start_key
start_sandbox
keyring=false
if command -v dbus-daemon >/dev/null && command -v gnome-keyring-daemon >/dev/null && command -v secret-tool >/dev/null; then
  . "$E2E/keyring.sh"  # so that the session, too, is there after the kill
  start_bus_and_keyring
  keyring=true
else
  start_agent_well() { start_agent; }
  log_in_well() { log_in; }
fi
write_config "$keyring"
start_agent_well
log_in_well
AWS_ENDPOINT_URL_SIGNIN=$(json 'd["signin"]' "$T/sandbox/sandbox.json")
export AWS_ENDPOINT_URL_SIGNIN AWS_ENDPOINT_URL_EKS=$EKS_URL

# A job that asks its endpoint when told to, and says the status it got.
cat >"$T/job" <<'JOB'
#!/bin/bash
while read -r _; do
  curl -s --noproxy '*' -o "$1" -w '%{http_code}\n' -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" \
    "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
done
JOB
chmod +x "$T/job"
mkfifo "$T/ask" "$T/told"
vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- "$T/job" "$T/answer" <"$T/ask" >"$T/told" 2>"$T/job.err" &
started+=("$!")
exec 3>"$T/ask" 4<"$T/told"
ask() {
  echo now >&3
  read -r -t 20 code <&4 || fail "the job does not answer"
}
succeeds vouch-credential-process --role "$ROLE_ARN"
ask
equal 200 "$code" "the endpoint's answer before"

# refuses REMEDY: each way.
refuses() {
  refused 5 "locked.*$1" vouch-credential-process --role "$ROLE_ARN"
  refused 5 "locked.*$1" vouch-credential-process --role "$ROLE_ARN" --region eu-west-2
  refused 5 "locked.*$1" vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
  refused 5 "locked.*$1" vouch-exec-credential k8s --cluster "$CLUSTER"
  refused 5 "locked.*$1" vouchctl console --role "$ROLE_ARN" --region "$REGION" --print
  refused 5 "locked.*$1" vouchctl exec --role "$ROLE_ARN" -- true
  refused 5 "locked.*$1" vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- true
  refused 5 "locked.*$1" vouchctl setup eks --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION"
}

sts=$(count sts.AssumeRoleWithWebIdentity)
succeeds vouchctl lock
refuses 'vouchctl unlock'
ask
equal 403 "$code" "the endpoint's answer while locked"
equal locked "$(json 'd["code"]' "$T/answer")" "its reason"
! grep -q SecretAccessKey "$T/answer" || fail "the endpoint gave the credentials"
equal "$sts" "$(count sts.AssumeRoleWithWebIdentity)" "calls to STS, which a lock needs none of"
equal alice@example.com "$(status_json "d['session']['email']")" "the session, which lives on"

# Over a kill -9, and at once: the cache of before is gone, too.
kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null || true
start_agent_well
if [ "$keyring" = true ]; then
  wait_until 60 logged_in || fail "the session is not there after the kill"
  refuses 'vouchctl unlock'
  succeeds vouchctl unlock
else
  refused 2 'not logged in' vouch-credential-process --role "$ROLE_ARN"
  log_in
fi
succeeds vouch-credential-process --role "$ROLE_ARN"
asked_well() { ask && [ "$code" = 200 ]; }
wait_until 60 asked_well || fail "the endpoint does not go on: $code"

# Who asked before the lock, and waits, gets nothing either: AWS answers when it is locked. The lock has to come within
# a helper's five seconds (else exit code 4), for which a busy machine may need another try.
called() { [ "$(count sts.AssumeRoleWithWebIdentity)" -gt "$asked" ]; }
for region in eu-west-3 eu-north-1 eu-south-1; do
  succeeds vouchctl unlock
  faults '{"sts": {"mode": "delay", "seconds": 60}}'
  asked=$(count sts.AssumeRoleWithWebIdentity)
  "$BIN/vouch-credential-process" --role "$ROLE_ARN" --region "$region" >"$T/waiting" 2>"$T/waiting.err" &
  waiting=$!
  wait_until 60 called || fail "nobody asks"
  succeeds vouchctl lock
  faults '{"sts": {"mode": "none"}}'
  status=0
  wait "$waiting" || status=$?
  [ ! -s "$T/waiting" ] || fail "who waited got the credentials"
  [ "$status" -eq 4 ] || break
done
equal 5 "$status" "exit code of who waited"

# Until the next login.
succeeds vouchctl lock --until-login
refused 7 'only a login' vouchctl unlock
refuses 'vouchctl login'
log_in
succeeds vouch-credential-process --role "$ROLE_ARN" --region eu-west-3

told "e['event'] == 'unlock' and e['result'] == 'step_up_required'" "the unlock that was refused"
[ "$(audit "sum(1 for e in d if e['event'] == 'endpoint_answer' and e['result'] == 'locked')")" -ge 1 ] || fail "no line of the endpoint's refusal"
exec 3>&-
