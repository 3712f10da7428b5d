#!/bin/bash
# `vouchctl posture` shows exactly what a login sends; `send = false` sends nothing, at once, and a server that insists says so.
. "$(dirname "$0")/lib.sh"
make_key
start_key
start_sandbox --posture required
start_agent

succeeds vouchctl posture
contains "$T/out" '"device_posture"'
cp "$T/out" "$T/shown"
log_in
control /posture >"$T/sent"
# The two were measured at two moments; all but the clock's members must be the same.
"$PYTHON" - "$T/shown" "$T/sent" <<'CHECK' || fail "what is shown is not what is sent"
import json, sys
text = open(sys.argv[1]).read()
shown = json.loads(text[text.index("["):text.rindex("]") + 1])
sent = json.load(open(sys.argv[2]))
sent = sent["last"] if isinstance(sent, dict) and "last" in sent else sent
sent = sent if isinstance(sent, list) else [sent]
for one in shown + sent:
    for member in ("collected_at", "uptime_secs"):
        one.pop(member, None)
sys.exit(shown != sent)
CHECK

printf '[posture]\nsend = false\n' >>"$XDG_CONFIG_HOME/vouch/vouchd.toml"
succeeds vouchctl posture
contains "$T/out" 'switched off|not sent'
login_refused 5 'posture' "$PIN"
