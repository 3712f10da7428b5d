# What the end-to-end scripts and the demo share: a home of their own, the far end on loopback, a software key, the agent.
# Sourced, never run. Every process that is started here is ended by its pid when the script ends.
#
#   VOUCH_BIN_DIR         folder with the programs under test (CTest sets it)
#   VOUCH_SANDBOX_FLAGS   further flags of every sandbox, for example --old-server (CTest sets it)
#
# After sourcing: $T is the temporary folder, HOME and the XDG folders are in it, nothing of the caller's environment that
# could change a result is left.
# shellcheck shell=bash disable=SC2034,SC2120
set -euo pipefail

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TESTS=$(dirname "$E2E")
PYTHON=/usr/bin/python3
SANDBOX=$TESTS/sandbox/vouch-sandbox
SOFTKEY=$TESTS/softkey/softkey
SKIPPED=77
readonly E2E TESTS PYTHON SANDBOX SOFTKEY SKIPPED
readonly PIN=246810-canary-pin

# ---- the environment -------------------------------------------------------------------------------------------------

# Settings of a cloud, a cluster, a proxy, a keyring or an AI agent on this machine would change what the programs do. So all
# is dropped that is not known to be harmless.
drop_environment() {
  local name
  for name in $(compgen -e); do
    case $name in
      PATH | LANG | LC_* | TERM | TZ | TMPDIR | USER | LOGNAME | PWD | CI) ;;
      ASAN_OPTIONS | UBSAN_OPTIONS | LSAN_OPTIONS | TSAN_OPTIONS) ;;
      VOUCH_BIN_DIR | VOUCH_SANDBOX_FLAGS | VOUCH_UNIT_DIR | VOUCH_PLIST | VOUCH_E2E_KEEP) ;;
      *) unset "$name" ;;
    esac
  done
}

# Tools of the distribution first: a wrapper of a version manager may lack what they need, and costs time on every call.
choose_tools() {
  local candidate
  mkdir "$T/tools"
  for candidate in /usr/bin/aws /usr/local/bin/aws "$TESTS/../build/tools/aws/bin/aws" "$(command -v aws || true)"; do
    if [ -x "$candidate" ]; then
      ln -s "$candidate" "$T/tools/aws"
      break
    fi
  done
  export PATH="$T/tools:$BIN:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
}

make_home() {
  T=$(mktemp -d "${TMPDIR:-/tmp}/vouch-e2e.XXXXXX")
  mkdir -m 0700 "$T/home" "$T/run" "$T/config" "$T/config/vouch"
  export HOME=$T/home XDG_RUNTIME_DIR=$T/run XDG_CONFIG_HOME=$T/config
  export XDG_STATE_HOME=$T/home/.local/state XDG_DATA_HOME=$T/home/.local/share XDG_CACHE_HOME=$T/home/.cache
  export AWS_CONFIG_FILE=$T/home/.aws/config AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
  export KUBECONFIG=$T/home/.kube/config
  mkdir -p "$T/home/.aws" "$T/home/.kube"
  SOCKET=$XDG_RUNTIME_DIR/vouch/vouchd.sock
}

# ---- ending ----------------------------------------------------------------------------------------------------------

started=()  # pids, in the order of their start

# is_ours PID: this script's own child has that number. Once it has ended, the number may be that of anybody's process.
is_ours() { grep -qsx "PPid:[[:space:]]*$$" "/proc/$1/status"; }

end_process() {
  local pid=$1 i
  is_ours "$pid" || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for i in {1..50}; do
    is_ours "$pid" || break
    sleep 0.1
  done
  ! is_ours "$pid" || kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

clean_up() {
  local status=$? i
  trap - EXIT INT TERM
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    end_process "${started[$i]}"
  done
  if [ -n "${VOUCH_E2E_KEEP:-}" ]; then
    echo "kept: $T" >&2
  else
    rm -rf "$T" || true  # what still ends may still write there
  fi
  exit "$status"
}

skip() {
  echo "skipped: $*" >&2
  exit "$SKIPPED"
}

fail() {
  local log
  echo "FAILED: $*" >&2
  for log in "$T"/out "$T"/err "$T"/vouchd.log "$T"/sandbox.log "$T"/sandbox/sandbox.log "$T"/softkey.log; do
    [ -s "$log" ] || continue
    echo "--- ${log##*/}" >&2
    tail -n 40 "$log" >&2
  done
  exit 1
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "no $program here"
  done
}

# Asked of the kernel itself (landlock_create_ruleset(2), its version), not of vouchd.
has_landlock() {
  "$PYTHON" -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) < 1)'
}

# ---- waiting ---------------------------------------------------------------------------------------------------------

# wait_until SECONDS COMMAND…: true as soon as the command succeeds. It is tried once more when the time is over: a
# machine that held this script need not have held the rest.
wait_until() {
  local deadline=$((SECONDS + $1)) time_is_over=
  shift
  until "$@" 2>/dev/null; do
    [ -z "$time_is_over" ] || return 1
    [ "$SECONDS" -le "$deadline" ] || time_is_over=yes
    sleep 0.05
  done
}

is_ready() { grep -qx ready "$1"; }

# ---- the far end -----------------------------------------------------------------------------------------------------

# json EXPRESSION [FILE]: evaluates a Python expression over the document `d` of the file or of standard input.
json() {
  "$PYTHON" -c 'import json, sys
with (open(sys.argv[2]) if len(sys.argv) > 2 else sys.stdin) as f:
    d = json.load(f)
value = eval(sys.argv[1])
print(json.dumps(value) if isinstance(value, (dict, list, bool)) else value)' "$@"
}

make_key() {
  "$SOFTKEY" create --file "$T/key.json" --rp-id vouch.test --user-id 8f14e45f-ceea-4e7a-9b1c-1f2d3c4b5a69 \
    --user-name alice@example.com --pin "$PIN" >"$T/user.json" 2>>"$T/softkey.log"
}

# start_key [flags of `softkey serve`]
start_key() {
  : >"$T/softkey.out"
  "$SOFTKEY" serve --file "$T/key.json" --socket "$T/key.sock" "$@" >"$T/softkey.out" 2>>"$T/softkey.log" &
  KEY_PID=$!
  started+=("$KEY_PID")
  wait_until 60 is_ready "$T/softkey.out" || fail "the software key did not start"
  export VOUCH_FIDO_DEVICE=unix:$T/key.sock
}

# start_sandbox [flags of vouch-sandbox]; the user of make_key is known to it.
start_sandbox() {
  local folder=$T/sandbox
  [ ! -e "$folder" ] || folder=$(mktemp -d "$T/sandbox.XXXXXX")
  mkdir -p "$folder"
  : >"$T/sandbox.out"
  # shellcheck disable=SC2086 # several flags
  "$SANDBOX" --dir "$folder" --user "$T/user.json" ${VOUCH_SANDBOX_FLAGS:-} "$@" >"$T/sandbox.out" 2>>"$T/sandbox.log" &
  SANDBOX_PID=$!
  started+=("$SANDBOX_PID")
  wait_until 60 is_ready "$T/sandbox.out" || fail "the sandbox did not start"
  # shellcheck disable=SC2046 # one word each: URLs and names
  read -r VOUCH_URL STS_URL EKS_URL K8S_URL CONTROL_URL ROLE_ARN CLUSTER REGION CA_FILE < <(
    json '" ".join(d[k] for k in "vouch sts eks k8s control role_arn cluster region ca_file".split())' \
      "$folder/sandbox.json")
  export AWS_ENDPOINT_URL_STS=$STS_URL
}

# control PATH [JSON]: asks (or tells) the sandbox's control port.
control() {
  curl -sS --noproxy '*' --fail -m 30 ${2+-H 'Content-Type: application/json' --data-binary "$2"} "$CONTROL_URL$1"
}

faults() { control /faults "$1" >/dev/null; }

# count NAME: how often the sandbox served that operation, for example sts.AssumeRoleWithWebIdentity.
count() { control /counts | json "d.get('$1', 0)"; }

# one_signed_call GOT WHAT: it was one call to a new server, of one request; perhaps one more where the server takes ASN.1
# signatures only, which vouchd learns from whatever it signs first (that is the list of the keys or this).
one_signed_call() {
  case ${VOUCH_SANDBOX_FLAGS:-} in
    *--old-server*) [ "$1" -eq 1 ] || equal 2 "$1" "$2" ;;
    *) equal 1 "$1" "$2" ;;
  esac
}

# ---- the agent -------------------------------------------------------------------------------------------------------

write_config() {
  printf 'server = "%s"\n\n[store]\nkeyring = %s\n' "${VOUCH_URL:-http://127.0.0.1:9}" "${1:-false}" \
    >"$XDG_CONFIG_HOME/vouch/vouchd.toml"
}

start_agent() {
  [ -f "$XDG_CONFIG_HOME/vouch/vouchd.toml" ] || write_config
  "$BIN/vouchd" </dev/null >>"$T/vouchd.log" 2>&1 &
  AGENT_PID=$!
  started+=("$AGENT_PID")
  wait_until 60 agent_answers || fail "vouchd did not start"
}

# With the sanitizers memory is not what it is, everything is slower, and vouchd does not confine itself.
has_sanitizers() {
  case $(nm -D "$BIN/vouchd" 2>/dev/null) in
    *__asan_init* | *__tsan_init*) return 0 ;;
  esac
  return 1
}

# Exit code 2: it answers, and nobody is logged in.
agent_answers() {
  local answer=0
  [ -S "$SOCKET" ] || return 1
  "$BIN/vouchctl" status >/dev/null 2>&1 || answer=$?
  [ "$answer" -eq 0 ] || [ "$answer" -eq 2 ]
}

# stop_agent: ends it and leaves its exit code in $status.
stop_agent() {
  kill -TERM "$AGENT_PID"
  status=0
  wait "$AGENT_PID" || status=$?
}

log_in() {
  printf '%s\n' "$PIN" | "$BIN/vouchctl" login "$@" >"$T/out" 2>"$T/err" || fail "vouchctl login failed"
}

# Everything up and a user logged in; the arguments go to the sandbox.
start_all() {
  make_key
  start_key
  start_sandbox "$@"
  start_agent
  log_in
}

# status_json EXPRESSION: of `vouchctl status --json`, which exits with 2 when nobody is logged in.
status_json() { ("$BIN/vouchctl" status --json || [ $? -eq 2 ]) | json "$1"; }

# write_aws_profile [COMMAND]: the profile `vouch` as the documentation writes it. AWS_ENDPOINT_URL_STS is for our programs
# only: newer versions of aws obey it too, and would put it into the EKS token, which no cluster accepts.
write_aws_profile() {
  printf '[profile vouch]\nregion = %s\nignore_configured_endpoint_urls = true\ncredential_process = %s\n' "$REGION" \
    "${1:-\"$BIN/vouch-credential-process\" --role $ROLE_ARN}" >"$AWS_CONFIG_FILE"
}

# ---- what a call printed ---------------------------------------------------------------------------------------------

# timed COMMAND…: its milliseconds in $took. A locale may put a comma into the clock.
timed() {
  local start=${EPOCHREALTIME/[.,]/} code=0
  "$@" || code=$?
  took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
  return "$code"
}

# run COMMAND…: never fails; exit code in $status, what it printed in $T/out and $T/err. Standard input is $input, if set.
run() {
  status=0
  "$@" <"${input:-/dev/null}" >"$T/out" 2>"$T/err" || status=$?
}

# succeeds COMMAND…: exit code 0 and nothing on stderr.
succeeds() {
  run "$@"
  [ "$status" -eq 0 ] || fail "exit code $status from: $*"
  [ ! -s "$T/err" ] || fail "something on stderr from: $*"
}

# refused CODE PATTERN COMMAND…: that exit code, nothing on stdout, and one line on stderr that matches the pattern (grep -E)
# and is not longer than an SDK shows.
refused() {
  local code=$1 pattern=$2
  shift 2
  run "$@"
  [ "$status" -eq "$code" ] || fail "exit code $status instead of $code from: $*"
  [ ! -s "$T/out" ] || fail "something on stdout from: $*"
  [ "$(wc -l <"$T/err")" -eq 1 ] || fail "not exactly one line on stderr from: $*"
  [ "$(wc -c <"$T/err")" -le 320 ] || fail "more than 320 bytes on stderr from: $*"
  grep -qE -- "$pattern" "$T/err" || fail "stderr does not match '$pattern' from: $*"
}

# login_refused CODE PATTERN PIN [flag…]: the same for `vouchctl login`, which first says what it waits for ("Touch your
# security key…"); such a line is no part of the refusal.
login_refused() {
  local code=$1 pattern=$2 pin=$3
  shift 3
  printf '%s\n' "$pin" >"$T/pin"
  input=$T/pin refused "$code" "$pattern" without_prompts vouchctl login "$@"
}
without_prompts() {
  local code=0
  "$@" 2>"$T/prompts" || code=$?
  sed -E '/^(Touch|Insert) your security key…$/d' "$T/prompts" >&2
  return "$code"
}

# contains FILE PATTERN
contains() { grep -qE -- "$2" "$1" || fail "${1##*/} does not contain '$2'"; }

# equal WANT GOT WHAT
equal() { [ "$1" = "$2" ] || fail "$3: $2 instead of $1"; }

# ---- set-up, when sourced --------------------------------------------------------------------------------------------

BIN=${VOUCH_BIN_DIR:?set it to the folder with the programs under test}
drop_environment
make_home
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
choose_tools
