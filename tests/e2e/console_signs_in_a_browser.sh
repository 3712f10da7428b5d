#!/bin/bash
# The page of `vouchctl console` signs a browser in as the role's session, once, directly and through a chain. The page itself
# stands in no argument list, in no log, and in no file that others may read; what fails is told by its reason.
. "$(dirname "$0")/lib.sh"
. "$E2E/organization.sh"
need curl
start_organization
AWS_ENDPOINT_URL_SIGNIN=$(json 'd["signin"]' "$T/sandbox/sandbox.json")
export AWS_ENDPOINT_URL_SIGNIN
console=(vouchctl console --role "$root" --region "$REGION")  # assumed directly; another role is behind it

# browse PAGE: goes there as a browser does that knows nobody yet; tells the status and where it is sent.
browse() {
  rm -f "$T/cookies"
  curl -sS --noproxy '*' -m 10 -c "$T/cookies" -o "$T/body" -w '%{http_code} %{redirect_url}' "$1"
}
# who MEMBER: of the person who is signed in.
who() { curl -sS --noproxy '*' --fail -m 10 -b "$T/cookies" "$AWS_ENDPOINT_URL_SIGNIN/whoami" | json "d['$1']"; }

# Printed: one line, good for one browser.
succeeds "${console[@]}" --print ec2
equal 1 "$(wc -l <"$T/out")" "lines printed"
page=$(cat "$T/out")
equal "302 https://$REGION.console.aws.amazon.com/ec2/home?region=$REGION" "$(browse "$page")" "the way of the browser"
equal arn:aws:sts::123456789012:assumed-role/VouchManagement/alice@example.com "$(who arn)" "who is signed in"
equal "$VOUCH_URL" "$(who issuer)" "where to sign in anew"
equal 400 "$(browse "$page" | cut -d' ' -f1)" "status of the second browser"

succeeds "${console[@]}" --print '/s3/buckets?region=eu-west-1&tab=a%20b#top'
equal "302 https://$REGION.console.aws.amazon.com/s3/buckets?region=eu-west-1&tab=a%20b#top" "$(browse "$(cat "$T/out")")" \
  "the way to a path"

# Through a chain; and for an AI agent, which may only look.
succeeds vouchctl console --role "$member" --region "$REGION" --print
equal "302 https://$REGION.console.aws.amazon.com/console/home?region=$REGION" "$(browse "$(cat "$T/out")")" "the way home"
equal arn:aws:sts::210987654321:assumed-role/VouchMember/alice@example.com "$(who arn)" "who is signed in"
succeeds env AI_AGENT=some-agent "${console[@]}" --print
equal '["arn:aws:iam::aws:policy/ReadOnlyAccess"]' "$(control /assumed | json "d[-1]['policy_arns']")" "policy of an AI agent"

# In the browser, which is told of a file only.
cat >"$T/browser" <<'EOF'
#!/bin/bash
# Goes where the page of its argument leads.
T=$(dirname "$0")
echo "$*" >"$T/argv"
stat -c %a "${1#file://}" >"$T/mode"
page=$(sed -n 's/.*content="0; url=\(.*\)">$/\1/p' "${1#file://}" | sed 's/&amp;/\&/g')
echo "$page" >"$T/page"
curl -sS --noproxy '*' -m 10 -c "$T/new" -o /dev/null "$page"
mv "$T/new" "$T/cookies"
EOF
chmod +x "$T/browser"
rm -f "$T/cookies"
succeeds env BROWSER="$T/browser" "${console[@]}" ec2
contains "$T/out" '^The AWS console of account 123456789012 opens in the browser, signed in until [0-9: -]+\.$'
wait_until 10 test -s "$T/cookies" || fail "the browser went nowhere"
equal arn:aws:sts::123456789012:assumed-role/VouchManagement/alice@example.com "$(who arn)" "who is signed in"
contains "$T/argv" "^file://$XDG_RUNTIME_DIR/vouch/console-[A-Za-z0-9]+\.html$"
equal 600 "$(cat "$T/mode")" "mode of the file"
token=$(sed 's/.*SigninToken=//' "$T/page")
[ ${#token} -gt 100 ] || fail "no token in the page"
refused 6 '^vouchctl: there is no browser .*; .*--print' env -u BROWSER -u DISPLAY "${console[@]}" ec2

# What cannot be is refused before anybody is asked.
before=$(count signin.getSigninToken)
refused 6 '^vouchctl: region cn-north-1 is in partition aws-cn' vouchctl console --role "$root" --region cn-north-1 --print
for bad in //evil.example/ https://evil.example/ ec2.evil.example; do
  refused 6 '^vouchctl: this is no page of the AWS console' "${console[@]}" --print "$bad"
done
write_config  # no organisation any more
iso_is_refused() {
  run vouchctl console --role arn:aws-iso:iam::123456789012:role/VouchDeveloper --print
  [ "$status" -eq 6 ] && grep -q '^vouchctl: where the console of partition aws-iso is' "$T/err"
}
wait_until 10 iso_is_refused || fail "a role of aws-iso"
equal "$before" "$(count signin.getSigninToken)" "sign-in tokens asked for"

# The endpoint fails.
while read -r code fault pattern; do
  faults "{\"signin\": $fault}"
  refused "$code" "^vouchctl: .*$pattern" "${console[@]}" --print ec2
done <<'EOF'
4 {"mode":"down"} cannot connect to 127\.0\.0\.1
4 {"mode":"status","code":503} HTTP 503.*; try again
8 {"mode":"throttle"} HTTP 429
5 {"mode":"status","code":400} HTTP 400.*; run: vouchctl login
4 {"mode":"garbage"} without a sign-in token
4 {"mode":"cut"} no complete answer
4 {"mode":"redirect"} HTTP 302
4 {"mode":"empty_strings"} without a sign-in token
EOF
equal '[]' "$(control /visits)" "visits where a redirect leads"
faults '{"signin": {"mode": "status", "code": 503, "count": 1}}'
succeeds "${console[@]}" --print ec2

# Nothing of it in a log.
for secret in "$token" SigninToken= sessionKey Session= ASIA; do
  ! grep -qF -- "$secret" "$T/vouchd.log" || fail "the log has '$secret'"
done

succeeds vouchctl logout
refused 2 '^vouchctl: not logged in; run: vouchctl login' "${console[@]}" --print ec2
