#!/bin/bash
# After a whole day, with a keyring and without, no file holds a secret that the far end gave out, the PIN, or the private part of the
# client key, but client_key.json where there is no keyring. What is planted is found, in each of the forms that are looked for.
. "$(dirname "$0")/lib.sh"
. "$E2E/keyring.sh"
make_key
start_key
start_sandbox
start_bus_and_keyring
touch "$T/start"
export TMPDIR=$T/home/tmp AWS_ENDPOINT_URL_SIGNIN
mkdir "$TMPDIR"
AWS_ENDPOINT_URL_SIGNIN=$(json 'd["signin"]' "$T/sandbox/sandbox.json")
read -r management member < <(json '" ".join([d["management_role_arn"], d["member_role_arn"]])' "$T/sandbox/sandbox.json")
key_file=$XDG_DATA_HOME/vouch/client_key.json

a_day() {
  log_in
  succeeds vouch-credential-process --role "$management"
  succeeds vouch-credential-process --role "$member"
  succeeds vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$management"
  succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
  succeeds vouchctl console --role "$management" --region "$REGION" --print
  # shellcheck disable=SC2016 # expanded by the command
  run vouchctl exec --refreshable --role "$management" --region "$REGION" -- sh -c 'curl -sS --noproxy "*" \
    -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
  contains "$T/out" SecretAccessKey
  control /seconds '{"sts": 20}' >/dev/null
  succeeds vouch-credential-process --role "$management" --region eu-west-1
  local before
  before=$(count sts.AssumeRoleWithWebIdentity.ok)
  renewed() { [ "$(count sts.AssumeRoleWithWebIdentity.ok)" -gt "$before" ]; }
  wait_until 30 renewed || fail "nothing was renewed"
  control /seconds '{"sts": 3600}' >/dev/null
}

# What is secret, a name and a tab before each.
secrets() {
  control /issued | "$PYTHON" -c 'import json, sys
for one in json.load(sys.stdin):
    print(one["kind"], one["secret"], sep="\t")'
  printf 'pin\t%s\n' "$PIN"
}
# Every file that a program of ours, or one that it started, could have written: the folders of this user, the log, and what is new in
# /tmp itself.
mapfile -t places < <(printf '%s\n' "$T/home" "$T/run" "$T/config" "$T/vouchd.log")
search() {
  local new
  mapfile -t new < <(find /tmp /var/tmp /dev/shm -maxdepth 1 -type f -newer "$T/start" -size -1024k 2>/dev/null)
  "$PYTHON" "$E2E/disk_search.py" "$T/secrets" "${places[@]}" "${new[@]}" "$@" >"$T/found" || return $?
}
clean() { search "$@" || { cat "$T/found" >&2 && fail "a secret is on the disk"; }; }

write_config false
printf '\n[[aws.organizations]]\nmanagement_role = "%s"\n' "$management" >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
start_agent
a_day
secrets >"$T/secrets"
for kind in access_token aws_id_token kubernetes_id_token secret_access_key session_token signin_token; do
  grep -q "^$kind	" "$T/secrets" || fail "the day gave out no $kind, so that it was not looked for"
done
printf 'client key\t%s\n' "$(json 'd["pkcs8"]' "$key_file")" >>"$T/secrets"
clean --skip "$key_file"
equal 600 "$(stat -c %a "$key_file")" "mode of the client key"
! search || fail "the client key is not found where it is, so that nothing was shown"
contains "$T/found" 'client_key.json: client key'

# Each form of each secret, planted.
"$PYTHON" - "$T/secrets" "$T/plants" <<'PYTHON'
import base64, pathlib, sys, urllib.parse

folder = pathlib.Path(sys.argv[2])
folder.mkdir()
for line in pathlib.Path(sys.argv[1]).read_bytes().splitlines():
    name, _, secret = line.partition(b"\t")
    for form, text in {"plain": secret, "hex": secret.hex().encode(), "base64": base64.b64encode(b"user:" + secret + b"\n"),
                       "url": urllib.parse.quote(secret, safe="").encode(), "tail": secret[-32:]}.items():
        (folder / f"{name.decode()} {form}").write_bytes(b"before " + text + b" after")
PYTHON
for plant in "$T/plants"/*; do
  if "$PYTHON" "$E2E/disk_search.py" "$T/secrets" "$plant" >"$T/found"; then fail "not found: ${plant##*/}"; fi
  contains "$T/found" ': '
done
rm -r "$T/plants"

# The same day with a keyring, into which the client key moves; then a logout.
stop_agent
sed -i 's/^keyring = false$/keyring = true/' "$XDG_CONFIG_HOME/vouch/vouchd.toml"
start_agent_well
a_day
wait_until 60 session_is_kept || fail "the session is not in the keyring"
[ ! -e "$key_file" ] || fail "the client key is in a file in spite of the keyring"
secrets >"$T/secrets"
printf 'client key\t%s\n' "$(stored client_key | json 'd["pkcs8"]')" >>"$T/secrets"
clean
kill_agent
start_agent_well
clean
succeeds vouchctl logout
stop_agent
clean
