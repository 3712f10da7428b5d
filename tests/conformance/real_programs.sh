#!/bin/bash
# The real programs against panva's oidc-provider with the routes of a Vouch server (op.mjs): enrol, register, log in,
# call, exchange, log out. Every request is judged by a party that did not write our code; what they said is in
# evidence.jsonl and is asked for here. Nothing is stubbed on our side: vouchd, vouchctl, shims, libfido2, a software key.
packages=${VOUCH_CONFORMANCE:?the folder where the npm packages are}
. "$(dirname "$0")/../e2e/lib.sh"
. "$E2E/account.sh"

start_op() {
  mkdir "$T/op"
  node "$packages/op.mjs" "$T/op" >"$T/op.out" 2>"$T/sandbox.log" &
  started+=("$!")
  wait_until 20 is_ready "$T/op.out" || fail "the oidc-provider did not start"
  VOUCH_URL=$(json "d['url']" "$T/op/op.json")
}

# is_judged EXPRESSION: true of one line of evidence `e` at least; `g` is its get.
is_judged() {
  "$PYTHON" -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(not any(eval(f"({sys.argv[2]})", {"e": e, "g": e.get}) for e in lines))' "$T/op/evidence.jsonl" "$1"
}

# judged WHAT EXPRESSION
judged() { is_judged "$2" || fail "no evidence that $1"; }

# What the person sees in the browser, and does there: the pages are oidc-provider's own.
page() { grep -oE "$VOUCH_URL/[^ ]+" "$T/enroll.err" | head -n 1; }
has_page() { [ -n "$(page)" ]; }
is_polled() { is_judged 'g("grant") == "device_code" and g("error") == "authorization_pending"'; }
person() {
  wait_until 20 has_page || fail "vouchctl showed no page"
  wait_until 20 is_polled || fail "nobody polls while the person takes time"
  node "$packages/person.mjs" "$(page)" bob@example.com >"$T/person" 2>&1 || fail "the person: $(cat "$T/person")"
}

# with_pin COMMAND…
with_pin() { printf '%s\n' "$PIN" | "$@" >"$T/out" 2>"$T/err" || fail "exit code ${PIPESTATUS[1]} from: $*"; }

plug_other_key() {
  end_process "$KEY_PID"
  "$SOFTKEY" create --file "$T/key.json" --no-credential --pin "$PIN" >/dev/null
  start_key "$@"
}

make_empty_key
start_key
start_op
start_agent

# The device flow gives a session without a key; the empty key is registered with it and logs in.
start_enroll --server "$VOUCH_URL" --name "Blue key"
person
enrolled
registration='e["by"] == "oidc-provider" and g("request") == "POST /oauth/register" and e["status"] == 201'
judged "the registration was taken" "$registration"
judged "it asks for private_key_jwt, bound tokens and the device grant" "$registration and (
  g('registered')['token_endpoint_auth_method'] == 'private_key_jwt' and g('registered')['dpop_bound_access_tokens'] and
  'urn:ietf:params:oauth:grant-type:device_code' in g('registered')['grant_types'])"
judged "the client authenticated at /oauth/device" \
  'g("request") == "POST /oauth/device" and e["status"] == 200 and g("client_auth") == "private_key_jwt"'
judged "the first proof was answered with a nonce" \
  'g("request") == "POST /oauth/token" and g("error") == "use_dpop_nonce"'
judged "the device grant gave a bound token" \
  'g("grant") == "device_code" and e["status"] == 200 and e["token_type"] == "DPoP"'
judged "the registration of the key was verified" 'e.get("what") == "registration" and not g("refused") and
  e["by"] == "@simplewebauthn/server" and e["user_verified"] and e["format"] == "packed"'
judged "its challenge was asked for with a signed body" 'g("request") == "POST /v1/keys/register/start" and
  e["status"] == 200 and e["signed"] and e["digest"]'
judged "the assertion was verified" 'e.get("what") == "assertion" and not g("refused") and
  e["by"] == "@simplewebauthn/server" and e["user_verified"] and e["origin"] == "https://vouch.test"'
judged "the login gave a bound token" \
  'g("grant") == "fido2-assertion" and e["status"] == 200 and e["token_type"] == "DPoP"'
equal bob@example.com "$(status_json "d['session']['email']")" "user"

# More keys, with the other attestations that keys have.
plug_other_key --attestation packed-x5c
with_pin vouchctl register --name Spare
plug_other_key --attestation none
with_pin vouchctl register --name Third
judged "an attestation without a statement was verified" 'e.get("what") == "registration" and e.get("format") == "none"'
with_pin vouchctl login
succeeds vouchctl keys list
contains "$T/out" Spare
succeeds vouchctl keys rename Spare "Drawer at home"
with_pin vouchctl keys remove --force "Drawer at home"
succeeds vouchctl status --check
for method in GET POST PATCH DELETE; do
  judged "a signed $method was verified" "g('request', '').startswith('$method /v1/keys') and e['status'] == 200 and
    e['signed'] and e['by'] == 'http-message-signatures, jose'"
done
judged "the status was asked as the holder of the token" \
  'g("request") == "GET /v1/auth/status" and e["status"] == 200 and e["judged"]'

# The shims: a query under the signature (there is no STS here), and the exchange.
refused 4 'cannot connect to 127.0.0.1:9' env AWS_ENDPOINT_URL_STS=http://127.0.0.1:9 \
  vouch-credential-process --role arn:aws:iam::111122223333:role/Dev
judged "a signed query was verified" 'g("request") == "GET /v1/credentials/aws/token" and e["status"] == 200 and
  e["query"] == "role_arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FDev"'
succeeds vouch-exec-credential k8s --cluster c1
contains "$T/out" '"token"'
judged "the token was exchanged" 'g("grant") == "token-exchange" and e["status"] == 200 and e["token_type"] == "N_A"'

# On disk: settings, the state and the audit log without secrets, the key of the client. No session, no cookie.
files=$(cd "$T" && find home config run -type f -printf '%f\n' | sort | tr '\n' ' ')
equal "audit.log client_key.json state.json vouchd.sock.lock vouchd.toml " "$files" "files"

succeeds vouchctl logout
judged "the token was revoked" 'g("request") == "POST /oauth/revoke" and e["status"] == 200 and g("revoked")'

# Nobody refused anything but for what the protocol makes of it.
expected='("use_dpop_nonce", "authorization_pending")'
if is_judged "g('refused') or (e.get('status', 0) >= 400 and g('error') not in $expected)"; then
  grep -E 'refused|"status":[45]' "$T/op/evidence.jsonl" | grep -vE 'use_dpop_nonce|authorization_pending' >&2
  fail "a judge refused something"
fi
