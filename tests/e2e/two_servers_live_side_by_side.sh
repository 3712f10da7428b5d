#!/bin/bash
# Sessions at two servers at once: VOUCH_SERVER, --server and the current server choose, and neither leaks into the other.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
first=$VOUCH_URL first_control=$CONTROL_URL first_sts=$STS_URL
start_sandbox
second=$VOUCH_URL second_control=$CONTROL_URL
start_agent

log_in --server "$first"
refused 2 "not logged in at $second; run: vouchctl login --server $second" \
  env VOUCH_SERVER="$second" vouch-credential-process --role "$ROLE_ARN"
log_in --server "$second"
equal "$second" "$(status_json "d['server']")" "current server after the second login"
equal 2 "$(status_json "len([s for s in d['servers'] if s['email']])")" "sessions"

# Each STS trusts its own server only, so that a token of the wrong one would be refused.
CONTROL_URL=$first_control
control /reset-counts '{}' >/dev/null
succeeds env VOUCH_SERVER="$first/" AWS_ENDPOINT_URL_STS="$first_sts" vouch-credential-process --role "$ROLE_ARN"
one_signed_call "$(count vouch.aws_token)" "tokens of the first server"
CONTROL_URL=$second_control
control /reset-counts '{}' >/dev/null
succeeds env VOUCH_SERVER= vouch-credential-process --role "$ROLE_ARN"
one_signed_call "$(count vouch.aws_token)" "tokens of the second server (an empty variable counts as unset)"

succeeds vouchctl server use "$first"
equal "$first" "$(vouchctl status --json | json "d['session']['server']")" "session after the choice"
succeeds vouchctl logout --server "$second"
equal "$first" "$(vouchctl status --json | json "d['session']['server']")" "session that is left"
refused 2 'not logged in' env VOUCH_SERVER="$second" vouch-credential-process --role "$ROLE_ARN"
refused 6 'plain http' vouchctl server use http://vouch.example.com
refused 6 'plain http' vouchctl keys list --server http://vouch.example.com
succeeds vouchctl keys list --server "$first/"

# With a restart the choice stays.
stop_agent
start_agent
equal "$first" "$(status_json "d['server']")" "server after the restart"
