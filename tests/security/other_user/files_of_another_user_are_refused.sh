#!/bin/bash
# Another user owns, or may write to, what vouchd keeps its state in: his folder, his file and his settings are refused, and in a folder
# that he may write to his link is not followed and the folder is closed to him.
. "$(dirname "$0")/../../e2e/lib.sh"
need setpriv
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
make_key
start_key
start_sandbox
write_config
state=$XDG_STATE_HOME/vouch data=$XDG_DATA_HOME/vouch
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
start_agent
log_in
stop_agent
printf '%s\n' "$PIN" >"$T/pin"

start_refused() {  # PATTERN
  run timeout 60 vouchd
  equal 6 "$status" "exit code of vouchd"
  contains "$T/err" "$1"
}
login_refused_for() {  # PATTERN
  start_agent
  input=$T/pin run vouchctl login
  equal 6 "$status" "exit code of the login"
  contains "$T/err" "$1"
  stop_agent
}

chown 65534 "$state"
start_refused 'state/vouch belongs to somebody else'
chown 0 "$state"
chown 65534 "$state/state.json"
start_refused 'state\.json belongs to somebody else'
chown 0 "$state/state.json"

chown 65534 "$data"
login_refused_for 'share/vouch belongs to somebody else'
chown 0 "$data"
chown 65534 "$data/client_key.json"
login_refused_for 'client_key\.json belongs to somebody else'
chown 0 "$data/client_key.json"
chmod 0640 "$data/client_key.json"
login_refused_for 'client_key\.json can be read by others; run: chmod 600'
chmod 0600 "$data/client_key.json"

# Settings decide which server gets the sign-in. A link is fine for settings, one to somebody else's file is not.
config=$XDG_CONFIG_HOME/vouch/vouchd.toml
mv "$config" "$T/mine.toml"
cp "$T/mine.toml" "$T/theirs.toml"
chown 65534 "$T/theirs.toml"
ln -s "$T/theirs.toml" "$config"
start_refused 'theirs\.toml belongs to somebody else'
rm "$config"
mv "$T/mine.toml" "$config"

# A folder that he may write to: his link beside the file.
chmod 0755 "$T" "$HOME" "$HOME/.local" "$HOME/.local/state"
chmod 0777 "$state"
rm "$state/state.json"  # so that it is written again
printf precious >"$T/victim"
as_nobody ln -s "$T/victim" "$state/state.json.new" || skip "another user cannot even reach ${T%/*}"
start_agent
log_in
equal precious "$(cat "$T/victim")" "the file behind his link"
equal '700 600' "$(stat -c %a "$state" "$state/state.json" | xargs)" "modes"
! as_nobody ls "$state" >/dev/null 2>&1 || fail "the folder is still open to him"
succeeds vouch-credential-process --role "$ROLE_ARN"
