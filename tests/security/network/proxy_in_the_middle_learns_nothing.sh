#!/bin/bash
# All that leaves the machine goes through a proxy that somebody else owns. One that does its duty sees the name of the server and
# nothing else; one that answers by itself, strips TLS, brings a certificate of its own or cuts the connection gets nothing, and the
# login says so.
. "$(dirname "$0")/../../e2e/lib.sh"
need openssl
make_key
start_key
start_sandbox --tls --vouch-host vouch.test
printf '%s\n' "$PIN" >"$T/pin"

# through MODE: a proxy of that kind from now on.
through() {
  [ -z "${PROXY_PID:-}" ] || end_process "$PROXY_PID"
  rm -f "$T/proxy.port"
  : >"$T/seen"
  "$PYTHON" "$TESTS/security/proxy_in_the_middle.py" "$1" "$T/proxy.port" "$T/seen" 2>>"$T/proxy.log" &
  PROXY_PID=$!
  started+=("$PROXY_PID")
  wait_until 20 test -s "$T/proxy.port" || fail "the proxy did not start"
  printf 'server = "%s"\n[store]\nkeyring = false\n[network]\nca_bundle = "%s"\nproxy = "http://127.0.0.1:%s"\n' \
    "$VOUCH_URL" "$CA_FILE" "$(cat "$T/proxy.port")" >"$XDG_CONFIG_HOME/vouch/vouchd.toml.new"
  mv "$XDG_CONFIG_HOME/vouch/vouchd.toml.new" "$XDG_CONFIG_HOME/vouch/vouchd.toml"
}

# What is only ever said inside TLS.
saw_nothing() {
  contains "$T/seen" '^CONNECT vouch.test:[0-9]+ HTTP/1.1'
  if grep -aqE 'POST /|GET /|client_assertion|DPoP:|Authorization|Bearer |eyJhbGci|/oauth/|/v1/[a-z]{3}|alice@' "$T/seen"; then
    fail "the proxy that $1 has seen more than the server's name"
  fi
}

through relay
start_agent
log_in --server "$VOUCH_URL"
succeeds vouchctl keys list
saw_nothing "does its duty"
[ "$(wc -c <"$T/seen")" -gt 2000 ] || fail "the login did not go through the proxy"
succeeds vouchctl logout

for mode in page refuse plain own; do
  through "$mode"
  login_refused 4 'vouch.test|proxy|TLS|certificate' "$PIN" --server "$VOUCH_URL"
  saw_nothing "is of the kind $mode"
done

# Cut anywhere: in the handshake, in the headers, in the body. Whatever comes of it, it is an answer, and no session of half a token.
for bytes in 1 100 1000 1500 2000 2500 3000 4000; do
  through "cut:$bytes"
  input=$T/pin run timeout 60 vouchctl login --server "$VOUCH_URL"
  case $status in
    0 | 4) ;;
    *) fail "exit code $status when the connection is cut after $bytes bytes" ;;
  esac
done

through relay
log_in --server "$VOUCH_URL"
