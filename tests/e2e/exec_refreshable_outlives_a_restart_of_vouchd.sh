#!/bin/bash
# vouchd is restarted in the middle of a job: the job goes on with the same URL and a new token. When the job is killed,
# nobody gets anything from the endpoint any more, and the file of its token is gone; after a crash of vouchctl's the next exec clears
# it away.
. "$(dirname "$0")/lib.sh"
need curl
start_all
tokens=$XDG_RUNTIME_DIR/vouch/tokens

# The job: asks when told to, and says what it got.
cat >"$T/job" <<'JOB'
#!/bin/bash
echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI" >"$1/url"
cp "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" "$1/first-token"
while read -r _; do
  curl -s --noproxy '*' -o /dev/null -w '%{http_code}\n' -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" \
    "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
done
exit 5
JOB
chmod +x "$T/job"
mkfifo "$T/ask" "$T/told"
vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- "$T/job" "$T" <"$T/ask" >"$T/told" 2>"$T/err" &
CTL_PID=$!
started+=("$CTL_PID")
exec 3>"$T/ask" 4<"$T/told"
ask() {
  echo now >&3
  read -r -t 60 code <&4 || fail "the job does not answer"
}
# Another program of this machine may have the port for a moment while vouchd is away.
asked_well() { ask && [ "$code" = 200 ]; }
asked_in_vain() { ask && [ "$code" = 000 ]; }

ask
equal 200 "$code" "the first answer"

stop_agent
equal 0 "$status" "exit code of vouchd, which a grant must not hold up"
wait_until 60 asked_in_vain || fail "without vouchd: $code instead of 000 (connection refused)"
start_agent
log_in
wait_until 60 asked_well || fail "the endpoint did not come back: $code"
run curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H "Authorization: $(cat "$T/first-token")" "$(cat "$T/url")"
equal 401 "$(cat "$T/out")" "the token of before"
[ ! -s "$T/err" ] || fail "something was written into the job's terminal"

kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null || true
start_agent
log_in
wait_until 60 asked_well || fail "the endpoint did not come back after a crash: $code"

cp "$tokens"/* "$T/last-token"
kill -KILL "$CTL_PID"
wait "$CTL_PID" 2>/dev/null || true
refused_now() { [ "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H "Authorization: $(cat "$T/last-token")" "$(cat "$T/url")")" = 000 ]; }
wait_until 60 refused_now || fail "the endpoint outlives the job"
no_tokens() { [ -z "$(ls "$tokens")" ]; }
wait_until 60 no_tokens || fail "a token outlives the job"
exec 3>&-

echo left >"$tokens/1-0"
succeeds vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- true
wait_until 60 no_tokens || fail "what is left of the tokens: $(ls "$tokens")"
