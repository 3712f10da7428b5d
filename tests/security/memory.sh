# What the scans of vouchd's memory share: everything handed out in every way, and a list of all that was secret in it.
# Sourced after lib.sh and organization.sh.
# shellcheck shell=bash disable=SC2034,SC2154

SCAN=$TESTS/security/same_user/memory_scan.py
EXTRA=$T/extra  # secrets that the sandbox did not issue: "kind<TAB>secret" lines
: >"$EXTRA"

# AddressSanitizer keeps freed memory as it was, to see who still uses it.
! grep -q __asan_init "$BIN/vouchd" || skip "this build wipes nothing that is freed"

note_secret() { printf '%s\t%s\n' "$1" "$2" >>"$EXTRA"; }

# issued_secrets FILE [CONTROL_URL…]: all that the sandboxes gave out so far, and what note_secret was told.
issued_secrets() {
  local file=$1 url i=0
  shift
  for url in "${@:-$CONTROL_URL}"; do
    i=$((i + 1))
    curl -sS --noproxy '*' --fail -m 10 "$url/issued" >"$T/issued.$i"
  done
  "$PYTHON" - "$EXTRA" "$T"/issued.* >"$file" <<'MERGE'
import json, sys
secrets = [dict(zip(("kind", "secret"), line.rstrip("\n").split("\t"))) for line in open(sys.argv[1])]
for name in sys.argv[2:]:
    secrets += json.load(open(name))
json.dump(secrets, sys.stdout)
MERGE
  rm -f "$T"/issued.*
}

# scan_memory SECRETS [flags of memory_scan.py]: of vouchd; its exit code in $status, what it said in $T/out.
scan_memory() {
  run "$PYTHON" "$SCAN" "$AGENT_PID" "$@"
  [ "$status" -ne 77 ] || skip "$(cat "$T/err")"
  [ ! -s "$T/err" ] || fail "memory_scan.py failed"
}

# nothing_is_left [CONTROL_URL…]: of all that was given so far, which is in $T/secrets then. The stored key stays in
# vouchd for the next login, so it may be there: in locked memory only. Threads of vouchd wipe the rest, each at its
# turn: hence some tries, between which vouchd runs.
nothing_is_left() {
  local tries
  for tries in {1..5}; do
    issued_secrets "$T/secrets" "$@"
    scan_memory "$T/secrets" --allow client_key=locked
    if [ "$status" -eq 0 ]; then
      echo "nothing was left at look $tries" >&2
      return 0
    fi
    sleep 1
  done
  fail "secrets are left in memory"
}

# ask_endpoint TIMES: what an AWS SDK does under `exec --refreshable`, that often.
ask_endpoint() {
  # shellcheck disable=SC2016 # expanded by the command
  vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- bash -c '
    cp "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" "$1/endpoint-token"
    for ((i = 0; i < $2; ++i)); do
      curl -sS --noproxy "*" --fail -m 10 -H "Authorization: $(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" \
        "$AWS_CONTAINER_CREDENTIALS_FULL_URI" >/dev/null || exit 1
    done' ask "$T" "$1" 2>"$T/err" || fail "the credential endpoint did not answer"
  note_secret endpoint_token "$(cat "$T/endpoint-token")"
}

# hand_out_everything: each kind of credential, by each way, and some of them often; directly for $root, the management role
# of organization.sh, and through it for $member.
hand_out_everything() {
  local i
  ROLE_ARN=$root
  AWS_ENDPOINT_URL_SIGNIN=$(json 'd["signin"]' "$T/sandbox/sandbox.json")
  export AWS_ENDPOINT_URL_SIGNIN
  for i in 1 2; do
    succeeds vouch-credential-process --role "$ROLE_ARN"
  done
  succeeds vouch-credential-process --role "$member"
  for i in 1 2 3; do
    succeeds vouch-exec-credential eks --cluster-name "$CLUSTER" --region "$REGION" --role "$ROLE_ARN"
    note_secret eks_token "$(json 'd["status"]["token"]' "$T/out")"
  done
  succeeds vouch-exec-credential k8s --cluster "$CLUSTER"
  succeeds vouchctl console --role "$ROLE_ARN" --region "$REGION" --print
  succeeds vouchctl console --role "$member" --region "$REGION" --print
  run vouchctl exec --role "$ROLE_ARN" --region "$REGION" -- true
  run vouchctl env --role "$ROLE_ARN" --region "$REGION"
  run env AI_AGENT=some-agent vouch-credential-process --role "$ROLE_ARN"
  [ "$status" -eq 0 ] || fail "no credentials for an AI agent"
  ask_endpoint 20
  run vouchctl keys list
  run vouchctl eks-access --cluster-name "$CLUSTER" --role "$ROLE_ARN" --region "$REGION"
}

# storm N: that many helpers at once.
storm() {
  local i pids=()
  for ((i = 0; i < $1; ++i)); do
    "$BIN/vouch-credential-process" --role "$ROLE_ARN" </dev/null >/dev/null 2>>"$T/storm.err" &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    wait "$i" || fail "a helper of the storm failed: $(tail -n 1 "$T/storm.err")"
  done
}
