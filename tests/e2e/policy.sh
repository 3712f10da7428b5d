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

# waiting EXPRESSION: over the list `w` of what waits for a word.
waiting() { vouchctl confirm --json | json "(lambda w: $1)(d['waiting'])"; }
is_waiting() { [ "$(waiting 'len(w)')" -eq "$1" ]; }
