#!/bin/bash
# Credentials are handed out in every way; after the logout nothing of them is anywhere in vouchd's memory. What stays, the
# key of this client, lies in locked memory only.
. "$(dirname "$0")/../../e2e/lib.sh"
. "$E2E/organization.sh"
. "$TESTS/security/memory.sh"
need curl
start_organization
hand_out_everything
storm 200
note_secret client_key "$(cat "$XDG_DATA_HOME/vouch/client_key.json")"

# Before: the scan sees what it looks for, or it could not say that nothing is there.
issued_secrets "$T/secrets"
scan_memory "$T/secrets" --must-find secret_access_key --must-find session_token --must-find access_token --must-find client_key
! grep -q '^MISSING' "$T/out" || fail "the scan does not find what is there"

# Some credentials, and a page of the console, are on their way from AWS when the session ends.
faults '{"sts": {"mode": "delay", "seconds": 1}, "signin": {"mode": "delay", "seconds": 2}}'
late=()
for region in eu-west-1 eu-west-2; do
  vouch-credential-process --role "$ROLE_ARN" --region "$region" >/dev/null 2>&1 &
  late+=($!)
done
vouchctl console --role "$ROLE_ARN" --region "$REGION" --print >/dev/null 2>&1 &
late+=($!)
sleep 0.5
succeeds vouchctl logout
for pid in "${late[@]}"; do
  wait "$pid" || true
done
nothing_is_left
