#!/bin/bash
# In a folder where everybody may write, as /tmp, another user makes what vouchd would use: a symbolic link into a folder of ours, a
# folder of his, a file, and, in a folder that we left open, the socket's lock as a link to a file of ours.
. "$(dirname "$0")/../../e2e/lib.sh"
need setpriv
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
write_config
chmod 0755 "$T"
mkdir -m 1777 "$T/shared"
export XDG_RUNTIME_DIR=$T/shared
SOCKET=$XDG_RUNTIME_DIR/vouch/vouchd.sock
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
mkdir -m 0700 "$T/home/private"
echo precious >"$T/home/private/vouchd.sock"
as_nobody ln -s "$T/home/private" "$XDG_RUNTIME_DIR/vouch" || skip "no other user can reach ${T%/*}"

# will_not_start WHAT PATTERN
will_not_start() {
  run timeout 60 vouchd
  equal 6 "$status" "exit code of vouchd with $1"
  contains "$T/err" "$2"
  equal precious "$(cat "$T/home/private/vouchd.sock")" "a file of ours after a start with $1"
}

will_not_start "a planted link" 'symbolic link'
rm "$XDG_RUNTIME_DIR/vouch"

as_nobody mkdir -m 0700 "$XDG_RUNTIME_DIR/vouch"
will_not_start "a planted folder" 'belongs to somebody else'
rmdir "$XDG_RUNTIME_DIR/vouch"

as_nobody touch "$XDG_RUNTIME_DIR/vouch"
will_not_start "a planted file" 'not a folder'
rm "$XDG_RUNTIME_DIR/vouch"

mkdir "$XDG_RUNTIME_DIR/vouch"
chmod 0777 "$XDG_RUNTIME_DIR/vouch"
as_nobody ln -s "$T/home/private/vouchd.sock" "$SOCKET.lock"
will_not_start "a folder that everybody may write to" 'open to other users'
chmod 0700 "$XDG_RUNTIME_DIR/vouch"
will_not_start "a planted lock" 'cannot open'
rm "$SOCKET.lock"

start_agent  # and where nothing is planted it serves
