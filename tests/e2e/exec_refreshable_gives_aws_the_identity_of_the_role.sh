#!/bin/bash
# A command under `exec --refreshable` finds the endpoint by itself: the real aws has the identity of the role, no secret is in its
# environment, and nothing is left when it has ended.
. "$(dirname "$0")/lib.sh"
need aws
start_all
role=(--role "$ROLE_ARN" --region "$REGION")

# Every aws here works, or is older than the variable of the token file (Debian 12's is) and says so.
aws=
for candidate in "$TESTS/../build/tools/aws/bin/aws" $(type -aP aws); do
  [ -x "$candidate" ] || continue
  run vouchctl exec --refreshable "${role[@]}" -- \
    "$candidate" sts get-caller-identity --endpoint-url "$STS_URL" --query Arn --output text
  if [ "$status" -eq 0 ]; then
    contains "$T/out" '^arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example\.com$'
    aws=$candidate
    break
  fi
  contains "$T/err" 'AWS SDKs from before 2024 do not read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'
done

# shellcheck disable=SC2016 # expanded by the command
AWS_PROFILE=other AWS_ACCESS_KEY_ID=old succeeds vouchctl exec --refreshable "${role[@]}" -- \
  sh -c 'env; stat -c "mode %a" "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"; wc -l <"$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"'
contains "$T/out" '^AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127\.0\.0\.1:[0-9]+/$'
contains "$T/out" "^AWS_REGION=$REGION$"
contains "$T/out" '^mode 600$'
contains "$T/out" '^0$'
! grep -qE '^AWS_(PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)=' "$T/out" || fail "a variable that wins is left"
no_tokens() { [ -z "$(ls "$XDG_RUNTIME_DIR/vouch/tokens")" ]; }
wait_until 60 no_tokens || fail "a token outlives the command"
url=$(sed -n 's/^AWS_CONTAINER_CREDENTIALS_FULL_URI=//p' "$T/out")
is_closed() { run curl -sS --noproxy '*' "$url" && [ "$status" -eq 7 ]; }  # 7: connection refused
wait_until 60 is_closed || fail "curl at the closed port ended with $status"

equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"

[ -n "$aws" ] || skip "no aws here that reads AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
# A default profile that an SDK asks first is told of, and it is true that it wins.
printf '[default]\ncredential_process = /bin/false\n' >"$AWS_CONFIG_FILE"
run vouchctl exec --refreshable "${role[@]}" -- "$aws" sts get-caller-identity --endpoint-url "$STS_URL"
contains "$T/err" '^vouchctl: the AWS profile \[default\] has credential_process, which programs use instead'
[ "$status" -ne 0 ] || fail "aws did not ask the default profile"
AWS_CONFIG_FILE=/dev/null succeeds vouchctl exec --refreshable "${role[@]}" -- \
  "$aws" sts get-caller-identity --endpoint-url "$STS_URL" --query Account --output text
