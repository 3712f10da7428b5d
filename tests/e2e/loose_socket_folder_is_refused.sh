#!/bin/bash
# vouchd does not serve from a folder in which others could exchange the socket: one that others may write to, one that is
# somebody else's, a symlink.
. "$(dirname "$0")/lib.sh"
write_config
folder=$XDG_RUNTIME_DIR/vouch

will_not_start() {
  run timeout 60 vouchd
  [ "$status" -ne 0 ] && [ "$status" -ne 124 ] || fail "vouchd with $1 ended with exit code $status"
  contains "$T/err" 'vouchd.sock|/run/vouch'
  [ ! -S "$SOCKET" ] || fail "vouchd made a socket in $1"
}

for mode in 0720 0702 0777; do
  mkdir "$folder"
  chmod "$mode" "$folder"
  will_not_start "a folder of mode $mode"
  rmdir "$folder"
done

mkdir -m 0700 "$T/elsewhere"
ln -s "$T/elsewhere" "$folder"
will_not_start "a symlink to a folder"
rm "$folder"

if [ "$(id -u)" -eq 0 ]; then
  mkdir -m 0700 "$folder"
  chown 65534 "$folder"
  will_not_start "the folder of another user"
  rmdir "$folder"
fi

mkdir -m 0700 "$folder"
start_agent
