#!/bin/bash
# Through a chain too an AI agent may only look: the first hop may do nothing but go on, the second is ReadOnlyAccess. The
# person beside it has the whole role.
. "$(dirname "$0")/lib.sh"
. "$E2E/organization.sh"
start_organization

succeeds env AI_AGENT=some-agent vouch-credential-process --role "$member"
agent=$(json 'd["AccessKeyId"]' "$T/out")
control /assumed >"$T/assumed"
equal "[\"$root\", \"$member\"]" "$(json "[c['role_arn'] for c in d]" "$T/assumed")" "roles assumed"
equal '[[], ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]]' "$(json "[d[0]['policy_arns'], \
  sorted(a for s in json.loads(d[0]['policy'])['Statement'] for a in s['Action'])]" "$T/assumed")" \
  "what the first hop may do"
equal '[["arn:aws:iam::aws:policy/ReadOnlyAccess"], ""]' "$(json "[d[1]['policy_arns'], d[1]['policy']]" "$T/assumed")" \
  "session policy of the second hop"
equal '[["ai"], ["some-agent"]]' "$(json "[d[1]['tags']['vouch:AccessType'], d[1]['tags']['vouch:Agent']]" "$T/assumed")" \
  "tags in the member account"

succeeds vouch-credential-process --role "$member"
[ "$agent" != "$(json 'd["AccessKeyId"]' "$T/out")" ] || fail "the person got the credentials of the agent"
equal '[[[], ""], [[], ""]]' "$(control /assumed | json "[[c['policy_arns'], c['policy']] for c in d[2:]]")" \
  "session policies of the person"
equal '["", "some-agent"]' "$(status_json "sorted(c['agent_source'] or '' for c in d['credentials'])")" "sources in status"
