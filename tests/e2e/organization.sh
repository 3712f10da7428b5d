# An AWS organisation: a management role that vouchd.toml names, and a member account behind it. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# start_organization: everything up and a user logged in; $root is the management role, $member the role behind it.
start_organization() {
  make_key
  start_key
  start_sandbox
  read -r root member < <(json '" ".join([d["management_role_arn"], d["member_role_arn"]])' "$T/sandbox/sandbox.json")
  write_config
  printf '\n[[aws.organizations]]\nmanagement_role = "%s"\n' "$root" >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
  start_agent
  log_in
}
