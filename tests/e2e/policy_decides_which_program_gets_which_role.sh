#!/bin/bash
# [policy] of vouchd.toml: the program behind the helper decides, by the file that it runs; a change takes effect at once; one that
# is wrong changes nothing, and keeps vouchd from starting.
. "$(dirname "$0")/lib.sh"
. "$E2E/audit.sh"
. "$E2E/policy.sh"
need aws
start_all
write_aws_profile
config=$XDG_CONFIG_HOME/vouch/vouchd.toml
cp "$config" "$T/base.toml"
# policy TEXT…: in force from the next call on.
policy() {
  { cat "$T/base.toml" && printf '%s\n' "$@"; } >"$config.new"
  mv "$config.new" "$config"
}
aws_works() { run sure aws --profile vouch sts get-caller-identity --endpoint-url "$STS_URL"; [ "$status" -eq 0 ]; }
aws=$(readlink -f "$(command -v aws)")
mine=(sure vouch-credential-process --role "$ROLE_ARN")

# Only aws may have the role; the same helper, asked by this script, gets nothing: not from the cache either.
succeeds "${mine[@]}"
policy '[policy]' 'default = "deny"' '[[policy.rules]]' "roles = [\"${ROLE_ARN%/*}/Vouch*\"]" "executables = [\"$aws\"]" 'action = "allow"'
aws_works || fail "aws may have it"
refused 5 'policy does not let .*policy_decides.* have .*see \[policy\] in .*vouchd\.toml' "${mine[@]}"
refused 5 'policy' vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
refused 5 'policy' vouch-exec-credential k8s --cluster "$CLUSTER"
refused 5 'policy' vouchctl exec --role "$ROLE_ARN" -- true
told "e['event'] == 'aws' and e['executable'] == '$ME' and e['result'] == 'policy'" "the refusal"

# The first rule that matches decides; a star stands for any text; another role is another matter.
policy '[[policy.rules]]' "executables = [\"${ME%/*}/*\"]" 'action = "allow"' '[[policy.rules]]' 'action = "deny"'
succeeds "${mine[@]}"
! aws_works || fail "aws has it against the second rule"
policy '[[policy.rules]]' "roles = [\"${ROLE_ARN%/*}/Another\"]" 'action = "deny"'
succeeds "${mine[@]}"

# Persons and AI agents.
policy '[[policy.rules]]' 'callers = ["agent"]' 'action = "deny"'
succeeds "${mine[@]}"
AI_AGENT=some-agent refused 5 'policy' "${mine[@]}"

# Tokens of the Vouch server.
policy '[[policy.rules]]' 'roles = ["kubernetes:*"]' 'action = "deny"'
refused 5 'policy' vouch-exec-credential k8s --cluster "$CLUSTER"
succeeds "${mine[@]}"

# A running job's endpoint goes by the policy of now.
# shellcheck disable=SC2016 # expanded by the command
succeeds vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- bash -c '
  ask() { curl -s --noproxy "*" -o /dev/null -w "%{http_code} " -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"; }
  ask; printf "[policy]\ndefault = \"deny\"\n" >>"$1"; ask' - "$config"
equal "200 403 " "$(cat "$T/out")" "the endpoint's answers before and after"

# One that is wrong leaves the earlier one in force, and is told of.
policy '[policy]' 'default = "deny"'
refused 5 'policy' "${mine[@]}"
policy '[policy]' 'default = "dney"'
refused 5 'policy' "${mine[@]}"
contains "$T/vouchd.log" 'old settings stay in force: .*line [0-9]+: policy\.default must be "allow", "confirm" or "deny"'
stop_agent
run "$BIN/vouchd"
equal 6 "$status" "exit code of vouchd with a policy that is wrong"
contains "$T/err" 'policy\.default must be'
