#!/bin/bash
# The same through TLS and HTTP/2, whose buffers keep what went through a connection as long as it is open, and with the session
# and the key of this client in a real keyring: stored there, read back at a restart, and forgotten by a logout.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/organization.sh"
. "$TESTS/security/memory.sh"
. "$E2E/keyring.sh"
need curl
start_bus_and_keyring
start_organization_over_tls() {
  make_key
  start_key
  start_sandbox --tls --sts-tls --sts-seconds 24
  # shellcheck disable=SC2034 # for hand_out_everything
  read -r root member < <(json '" ".join([d["management_role_arn"], d["member_role_arn"]])' "$T/sandbox/sandbox.json")
  write_config true
  printf '\n[network]\nca_bundle = "%s"\n\n[[aws.organizations]]\nmanagement_role = "%s"\n' "$CA_FILE" "$root" \
    >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
  start_agent_well
  log_in_well
}
# STS by HTTP/2, where there is a node to speak it.
start_http2_front() {
  command -v node >/dev/null || return 0
  node "$TESTS/security/http2_front.mjs" "$T/sandbox/sts.pem" "$CA_FILE" "$STS_URL" >"$T/front" 2>"$T/front.err" &
  started+=("$!")
  wait_until 10 test -s "$T/front" || fail "the HTTP/2 server did not start: $(cat "$T/front.err")"
  AWS_ENDPOINT_URL_STS=$(cat "$T/front")
  curl --http2 -sS --noproxy '*' --cacert "$CA_FILE" -o /dev/null -w '%{http_version}' "$AWS_ENDPOINT_URL_STS" | grep -qx 2 ||
    fail "no HTTP/2"
}
start_organization_over_tls
start_http2_front
hand_out_everything
has_renewed() { [ "$(count sts.AssumeRoleWithWebIdentity.ok)" -gt "$first" ]; }
first=$(count sts.AssumeRoleWithWebIdentity.ok)
wait_until 30 has_renewed || fail "no renewal"
client_key_is_stored() { [ -n "$(stored client_key)" ]; }
wait_until 30 client_key_is_stored || fail "the client key is not in the keyring"
note_secret client_key "$(stored client_key)"

issued_secrets "$T/secrets"
scan_memory "$T/secrets" --must-find secret_access_key --must-find access_token --must-find client_key
! grep -q '^MISSING' "$T/out" || fail "the scan does not find what is there"

# The restarted vouchd has its session from the keyring.
stop_agent
start_agent_well
succeeds vouch-credential-process --role "$ROLE_ARN"
scan_memory "$T/secrets" --must-find access_token
! grep -q '^MISSING' "$T/out" || fail "the session did not come back"

succeeds vouchctl logout
nothing_is_left
