#!/bin/bash
# Coming from the reference CLI: its server is known from the first start; its file and its token are left alone.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox
cat >"$XDG_CONFIG_HOME/vouch/config.json" <<CONFIG
{"current_server": "s", "servers": {"s": {"server_url": "$VOUCH_URL/", "token": "canary-reference-token", "client_id": "x"}},
 "aws": {"organizations": [{"management_role": "arn:aws:iam::111122223333:role/VouchManagement"}]}}
CONFIG
chmod 0400 "$XDG_CONFIG_HOME/vouch/config.json"
cp "$XDG_CONFIG_HOME/vouch/config.json" "$T/before"
printf '[store]\nkeyring = false\n' >"$XDG_CONFIG_HOME/vouch/vouchd.toml"
start_agent

equal "$VOUCH_URL" "$(status_json "d['server']")" "server"
equal '["arn:aws:iam::111122223333:role/VouchManagement"]' "$(status_json "d['management_roles']")" "organisations"
log_in
equal alice@example.com "$(status_json "d['session']['email']")" "user"
cmp "$T/before" "$XDG_CONFIG_HOME/vouch/config.json" || fail "the reference CLI's file was changed"
! grep -rq canary-reference-token "$XDG_STATE_HOME" "$T/vouchd.log" || fail "its token was taken"
