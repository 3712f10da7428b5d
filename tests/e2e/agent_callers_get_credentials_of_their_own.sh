#!/bin/bash
# A caller with the marker of an AI agent in its environment gets ReadOnlyAccess credentials, never those of the person.
. "$(dirname "$0")/lib.sh"
start_all
succeeds vouch-credential-process --role "$ROLE_ARN"
person=$(json 'd["AccessKeyId"]' "$T/out")
succeeds env AI_AGENT=some-agent vouch-credential-process --role "$ROLE_ARN"
[ "$person" != "$(json 'd["AccessKeyId"]' "$T/out")" ] || fail "the agent got the credentials of the person"
equal 2 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
equal '["", "some-agent"]' "$(status_json "sorted(c['agent_source'] or '' for c in d['credentials'])")" "sources in status"
