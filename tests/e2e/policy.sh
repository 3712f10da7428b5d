# What the scripts about policy and confirmations share. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154

ME=$(realpath "$0")  # the program that vouchd sees behind a helper which a script starts

# confirm_role [MINUTES]: from now on the sandbox's role wants a person's word, which is good for that long (15).
confirm_role() {
  write_config
  printf '\n[policy]\nremember_minutes = %s\n\n[[policy.rules]]\nroles = ["%s"]\naction = "confirm"\n' "${1:-15}" "$ROLE_ARN" \
    >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
}

ask_for_role() { vouch-credential-process --role "$ROLE_ARN"; }

# again_while PATTERN COMMAND…: asked again while it fails with that on stderr, three times in all. What it prints and
# its exit code are those of the last time, whose milliseconds are in $took.
again_while() {
  local pattern=$1 printed=$T/printed.$BASHPID try code
  shift
  for try in 1 2 3; do
    code=0
    timed "$@" >"$printed" 2>"$printed.err" || code=$?
    { [ "$code" -ne 0 ] && grep -qE -- "$pattern" "$printed.err"; } || break
  done
  cat "$printed"
  cat "$printed.err" >&2
  return "$code"
}

# These go in front of a command, also behind `succeeds` and `refused CODE PATTERN`.
#   in_time   A person's word is waited for during four of a helper's five seconds: on a busy machine it may run out of
#             time. The question stays the same when it asks again.
#   answered  Nobody has said anything yet: a desktop's answer that comes late is good for the next call.
#   sure      vouchd looks for the program for a moment only, and refuses what it is not sure of.
out_of_time='in time|does not answer'
in_time() { again_while "$out_of_time" "$@"; }
answered() { again_while "$out_of_time|waits for your word" "$@"; }
sure() { again_while "$out_of_time|cannot be sure of yours" "$@"; }

# waiting EXPRESSION: over the list `w` of what waits for a word.
waiting() { vouchctl confirm --json | json "(lambda w: $1)(d['waiting'])"; }
is_waiting() { [ "$(waiting 'len(w)')" -eq "$1" ]; }
