#!/bin/bash
# A certificate that has expired, names another host or was signed by nobody, and a server that is too old: exit code 4, and
# the line says which. Nothing was sent.
. "$(dirname "$0")/lib.sh"
make_key
start_key
declare -A said=([expired]='expired' [wrong-host]='host|name' [self-signed]='self|trusted' [tls11]='TLS')
for kind in expired wrong-host self-signed tls11; do
  start_sandbox --tls --tls-cert "$kind"
  printf 'server = "%s"\n[store]\nkeyring = false\n[network]\nca_bundle = "%s"\n' "$VOUCH_URL" "$CA_FILE" \
    >"$XDG_CONFIG_HOME/vouch/vouchd.toml"
  [ -S "$SOCKET" ] || start_agent
  login_refused 4 "${said[$kind]}" "$PIN" --server "$VOUCH_URL"
  equal 0 "$(count vouch.register)" "requests that were served with a certificate: $kind"
done
