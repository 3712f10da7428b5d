#!/bin/bash
# A role of a member account is reached through the organisation's management role: the real `aws` has its identity, and
# status tells both. With several organisations vouchd never guesses which one: it asks for --via.
. "$(dirname "$0")/lib.sh"
need aws
make_key
start_key
root=arn:aws:iam::123456789012:role/VouchManagement
other_root=arn:aws:iam::111122223333:role/org/VouchManagement
member=arn:aws:iam::444455556666:role/Developer
start_sandbox --management-role "$root" --management-role "$other_root" --member-role "$member"

write_organizations() {
  local role
  write_config
  for role in "$@"; do
    printf '\n[[aws.organizations]]\nmanagement_role = "%s"\n' "$role" >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
  done
}
last_assumed() { control /assumed | json "[d[-1]['operation'], d[-1]['via'], d[-1]['role_arn']]"; }

write_organizations "$root"
start_agent
log_in
write_aws_profile "\"$BIN/vouch-credential-process\" --role $member"

# One organisation: nothing has to be named.
run aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL" --query '[Account, Arn]' --output text
[ "$status" -eq 0 ] || fail "aws sts get-caller-identity: exit code $status"
contains "$T/out" '^444455556666\sarn:aws:sts::444455556666:assumed-role/Developer/alice@example\.com$'
equal "[\"AssumeRole\", \"$root\", \"$member\"]" "$(last_assumed)" "the last role assumed"
equal alice@example.com "$(control /assumed | json "d[-1]['source_identity']")" "source identity in the member account"
equal '["sts:AssumeRole", true, true, "444455556666"]' "$(status_json "next([c['source'], c['via'] == '$root', \
  c['role_arn'] == '$member', c['account_id']] for c in d['credentials'])")" "credential in status"

# Both hops once, however often it is asked.
run aws sts get-caller-identity --profile vouch --endpoint-url "$STS_URL"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
equal 1 "$(count sts.AssumeRole)" "calls to AssumeRole"

# The management role itself is assumed directly.
succeeds vouch-credential-process --role "$root"
equal "[\"AssumeRoleWithWebIdentity\", \"\", \"$root\"]" "$(last_assumed)" "the last role assumed"

# Two organisations, and the member account is neither's: no call is made before a person has said which.
write_organizations "$root" "$other_root"
needs_via() {
  run vouch-credential-process --role "$member" --region eu-west-1
  [ "$status" -eq 6 ]
}
wait_until 10 needs_via || fail "the second organisation was not noticed"
before=$(count sts.AssumeRoleWithWebIdentity)
refused 6 '^vouch-credential-process: .*444455556666; .*--via' vouch-credential-process --role "$member" --region eu-west-2
refused 6 '^vouch-credential-process: .*; .*vouchd\.toml' \
  vouch-credential-process --role "$member" --via arn:aws:iam::999999999999:role/Unknown
equal "$before" "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
succeeds vouch-credential-process --role "$member" --via "$other_root"
equal "[\"AssumeRole\", \"$other_root\", \"$member\"]" "$(last_assumed)" "the last role assumed"
