#!/bin/bash
# Attack: a process of the user is a Vouch server itself, which takes anything for a login, and has vouchd log in there: it wants the
# lock lifted that waits for the security key.
. "$(dirname "$0")/../../e2e/lib.sh"
make_key
start_key
start_sandbox
first=$VOUCH_URL first_sts=$STS_URL
start_sandbox  # the attacker's: whom it takes is its own business
second=$VOUCH_URL
write_config
start_agent
log_in --server "$first"
export AWS_ENDPOINT_URL_STS=$first_sts
ask() { env VOUCH_SERVER="$first" "$BIN/vouch-credential-process" --role "$ROLE_ARN"; }
succeeds ask

succeeds vouchctl lock --until-login
log_in --server "$second"
equal true "$(status_json "d['locked_until_login']")" "locked after a login elsewhere"
refused 5 "locked until the next login; run: vouchctl login --server $first" ask
refused 5 "vouchctl login --server $first" vouch-credential-process --role "$ROLE_ARN"

# Nor by locking once more, where the attacker's server is the current one; nor over a restart.
succeeds vouchctl server use "$second"
succeeds vouchctl lock --until-login
log_in --server "$second"
refused 7 "only a login lifts this lock; run: vouchctl login --server $first" vouchctl unlock
succeeds vouchctl status
contains "$T/out" "lifted by: vouchctl login --server $first\$"
refused 5 "run: vouchctl login --server $first" vouchctl require --for 1h
run vouchctl doctor
contains "$T/out" "run: vouchctl login --server $first"
kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null || true
start_agent
log_in --server "$second"
equal true "$(status_json "d['locked_until_login']")" "locked after a restart and a login elsewhere"

log_in --server "$first"
equal false "$(status_json "d['locked']")" "locked after the login that was meant"
succeeds ask
