#!/bin/bash
# A program of yours that may only make links plants them where vouchd writes and reads: for the state, the client key, the files beside
# them that become these, and their folders. Nothing is written or read through one; what cannot go on says so.
. "$(dirname "$0")/../../e2e/lib.sh"
make_key
start_key
start_sandbox
write_config
state=$XDG_STATE_HOME/vouch data=$XDG_DATA_HOME/vouch
(umask 0077 && mkdir -p "$state" "$data" "$T/victims")
printf precious >"$T/victims/file"
untouched() {
  equal precious "$(cat "$T/victims/file")" "the file behind the link: $1"
  equal file "$(ls "$T/victims")" "the folder behind the link: $1"
}

# Where the new file is made before it takes the old one's place.
ln -s "$T/victims/file" "$state/state.json.new"
ln -s "$T/victims/file" "$data/client_key.json.new"
start_agent
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
untouched "beside"
for file in "$state/state.json" "$data/client_key.json"; do
  equal '600 regular file' "$(stat -c '%a %F' "$file")" "$file"
done
stop_agent

# In the place of the file.
for file in "$state/state.json" "$data/client_key.json"; do
  mv "$file" "$file.mine"
  ln -s "$T/victims/file" "$file"
  if [ "$file" = "$state/state.json" ]; then
    run timeout 60 vouchd
    equal 6 "$status" "exit code of vouchd with a link as $file"
    contains "$T/err" 'state\.json is a symbolic link; replace it by a file'
  else
    run timeout 10 vouchd
    equal 124 "$status" "exit code of vouchd, which needs no client key before a login"
    start_agent
    printf '%s\n' "$PIN" >"$T/pin"
    input=$T/pin run vouchctl login
    equal 6 "$status" "exit code of a login with a link as $file"
    contains "$T/err" 'client_key\.json is a symbolic link'
    stop_agent
  fi
  untouched "$file"
  rm "$file"
  mv "$file.mine" "$file"
done

# In the place of the folder: one with an older state, or another key, in it.
for folder in "$state" "$data"; do
  cp -a "$folder" "$T/older"
  mv "$folder" "$folder.mine"
  ln -s "$T/older" "$folder"
  find "$T/older" -type f -exec sha256sum {} + | sort >"$T/before"
  if [ "$folder" = "$state" ]; then
    run timeout 60 vouchd
    equal 6 "$status" "exit code of vouchd with a link as $folder"
    contains "$T/err" 'vouch is a symbolic link; replace it by a folder'
  else
    start_agent
    input=$T/pin run vouchctl login
    equal 6 "$status" "exit code of a login with a link as $folder"
    contains "$T/err" 'vouch is a symbolic link'
    stop_agent
  fi
  find "$T/older" -type f -exec sha256sum {} + | sort | cmp -s - "$T/before" || fail "something was written through the link $folder"
  rm -r "$folder" "$T/older"
  mv "$folder.mine" "$folder"
done

# A pipe, which would keep who opens it waiting.
mv "$state/state.json" "$state/state.json.mine"
mkfifo -m 0600 "$state/state.json"
run timeout 60 vouchd
equal 6 "$status" "exit code of vouchd with a pipe as state.json"
rm "$state/state.json"
mv "$state/state.json.mine" "$state/state.json"

start_agent
log_in
succeeds vouch-credential-process --role "$ROLE_ARN"
equal 1 "$(count vouch.register)" "registrations"
