#!/bin/bash
# `vouchctl setup aws` writes the profile, and the real `aws` works with it at once; what was in the file stays there.
. "$(dirname "$0")/lib.sh"
need aws
start_all
identity='^arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example\.com$'
whoami() { run aws sts get-caller-identity --endpoint-url "$STS_URL" --query Arn --output text "$@"; }

printf '# mine\r\n[default]\r\noutput = json\r\n\r\n[profile dev]\r\nregion = us-east-1\r\nrole_arn = x' >"$AWS_CONFIG_FILE"
cp "$AWS_CONFIG_FILE" "$T/before"
mkdir "$T/dotfiles"
mv "$AWS_CONFIG_FILE" "$T/dotfiles/aws-config"
ln -s "$T/dotfiles/aws-config" "$AWS_CONFIG_FILE"
chmod 0640 "$T/dotfiles/aws-config"

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION" --dry-run
contains "$T/out" '^credential_process = '
cmp -s "$T/before" "$AWS_CONFIG_FILE" || fail "--dry-run changed the file"

succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
contains "$T/out" "^Added profile vouch in $AWS_CONFIG_FILE\. Try: aws sts get-caller-identity --profile vouch$"
[ -L "$AWS_CONFIG_FILE" ] || fail "the symbolic link is gone"
equal 640 "$(stat -c %a "$T/dotfiles/aws-config")" "mode of the file"
head -c "$(stat -c %s "$T/before")" "$AWS_CONFIG_FILE" | cmp -s - "$T/before" || fail "what was there is not there any more"
whoami --profile vouch
[ "$status" -eq 0 ] || fail "aws sts get-caller-identity: exit code $status"
contains "$T/out" "$identity"
equal "$REGION" "$(aws configure get region --profile vouch)" "region of the profile"

cp "$AWS_CONFIG_FILE" "$T/before"
succeeds vouchctl setup aws --role "$ROLE_ARN"
contains "$T/out" 'nothing changed'
cmp -s "$T/before" "$AWS_CONFIG_FILE" || fail "the second run changed the file"

refused 6 'profile dev is there already and not one of Vouch: it has role_arn' \
  vouchctl setup aws --role "$ROLE_ARN" --profile dev
refused 6 'partition' vouchctl setup aws --role "$ROLE_ARN" --region cn-north-1
refused 6 'ARN of the role is not valid' vouchctl setup aws --role VouchDeveloper
refused 6 'setup aws --help' vouchctl setup aws
printf '[vouch]\naws_access_key_id = A\naws_secret_access_key = s3cret\n' >"$HOME/.aws/credentials"
refused 6 'profile vouch is in the AWS credentials file' vouchctl setup aws --role "$ROLE_ARN"
rm "$HOME/.aws/credentials"
cmp -s "$T/before" "$AWS_CONFIG_FILE" || fail "a refused run changed the file"

# The documented command that was there before becomes ours, [default] when it is named.
printf '[default]\ncredential_process = vouch credential aws --role %s\nregion = %s\n' "$ROLE_ARN" "$REGION" >"$AWS_CONFIG_FILE"
succeeds vouchctl setup aws --role "$ROLE_ARN" --profile default
equal "[default]
credential_process = $BIN/vouch-credential-process --role $ROLE_ARN
region = $REGION" "$(cat "$AWS_CONFIG_FILE")" "the file"
whoami
contains "$T/out" "$identity"
equal 1 "$(count sts.AssumeRoleWithWebIdentity)" "calls to AssumeRoleWithWebIdentity"
