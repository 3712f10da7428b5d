#!/bin/bash
# TLS with a private CA and a proxy from vouchd.toml: wrong settings say what is wrong, and each change counts at once.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox --tls
config=$XDG_CONFIG_HOME/vouch/vouchd.toml
write_config
start_agent

login_refused 4 'trusted TLS connection|certificate' "$PIN"
printf '[network]\nca_bundle = "%s/nowhere.pem"\n' "$T" >>"$config"
login_refused 6 'ca_bundle|CA' "$PIN"
sed -i "s#^ca_bundle = .*#ca_bundle = \"$CA_FILE\"#" "$config"
log_in
succeeds vouchctl logout

# The environment's proxy would be used for a host that is not loopback; the config's comes first. (Nothing leaves this machine:
# the name exists only for the proxy.)
"$TESTS/sandbox/connect-proxy" --port-file "$T/proxy.port" --log "$T/proxy.log" >>"$T/sandbox.log" 2>&1 &
started+=("$!")
wait_until 10 test -s "$T/proxy.port" || fail "the proxy did not start"
printf 'proxy = "http://127.0.0.1:%s"\n' "$(cat "$T/proxy.port")" >>"$config"
run vouchctl login --server https://vouch.invalid
equal 4 "$status" "exit code behind a proxy that does not know the host"
contains "$T/proxy.log" 'CONNECT vouch.invalid:443'
printf 'no_proxy = "vouch.invalid"\n' >>"$config"
: >"$T/proxy.log"
run vouchctl login --server https://vouch.invalid
equal 4 "$status" "exit code without a proxy"
[ ! -s "$T/proxy.log" ] || fail "the proxy was used in spite of no_proxy"
