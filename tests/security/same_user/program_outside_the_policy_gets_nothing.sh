#!/bin/bash
# A policy gives a role to one program. Another one, of the same user, asks on the socket itself and pretends to be that one, or to
# be our helper: by its name, its arguments, a link, a copy, by hiding what it runs, and by mounting itself over the right path. It
# gets nothing from vouchd's cache, which has the credentials all the time. (It can still run the right program. Nobody can
# keep it from that: SECURITY.md.)
. "$(dirname "$0")/../../e2e/lib.sh"
. "$TESTS/e2e/policy.sh"
ATTACK=$TESTS/security/same_user/replay
start_all
role=(--role "$ROLE_ARN")

# The allowed one: a shell of its own, which starts the helper, and which others can be mistaken for.
mkdir "$T/allowed" "$T/evil"
cp /bin/bash "$T/allowed/tool"
cp /bin/bash "$T/evil/other"
ask_by() { "$1" -c 'vouch-credential-process --role "$0"; exit $?' "$ROLE_ARN"; }
succeeds ask_by "$T/allowed/tool"

# What the helper says, to be said again.
VOUCH_SOCKET=$T/record.sock
"$ATTACK" record "$VOUCH_SOCKET" "$T/request" >"$T/record.out" &
recorder=$!
started+=("$recorder")
wait_until 30 is_ready "$T/record.out" || fail "nothing records"
VOUCH_SOCKET=$VOUCH_SOCKET run vouch-credential-process "${role[@]}"
unset VOUCH_SOCKET
wait "$recorder" || fail "nothing was recorded"
[ -s "$T/request" ] || fail "the helper said nothing"
run "$ATTACK" ask "$SOCKET" "$T/request"
equal 0 "$status" "the attack without a policy, which has to work, or it would show nothing"

{
  cat "$XDG_CONFIG_HOME/vouch/vouchd.toml"
  printf '[policy]\ndefault = "deny"\n[[policy.rules]]\nexecutables = ["%s"]\naction = "allow"\n' "$T/allowed/tool"
} >"$T/new.toml"
mv "$T/new.toml" "$XDG_CONFIG_HOME/vouch/vouchd.toml"
succeeds sure ask_by "$T/allowed/tool"

# got_nothing WHAT COMMAND…
got_nothing() {
  local what=$1
  shift
  run "$@"
  [ "$status" -ne 0 ] || fail "it got the credentials: $what"
  ! grep -qE 'ASIA|SecretAccessKey' "$T/out" || fail "it got the credentials: $what"
}
got_nothing "by asking" "$ATTACK" ask "$SOCKET" "$T/request"
got_nothing "by our helper" ask_by "$T/evil/other"
got_nothing "by the allowed one's name" "$ATTACK" ask "$SOCKET" "$T/request" name=tool
got_nothing "by our helper's name" "$ATTACK" ask "$SOCKET" "$T/request" name=vouch-credentia
got_nothing "by the allowed one's arguments" "$ATTACK" ask "$SOCKET" "$T/request" "argv=$T/allowed/tool"
got_nothing "by hiding what it runs" "$ATTACK" ask "$SOCKET" "$T/request" undumpable name=vouch-credentia
ln -s "$T/evil/other" "$T/allowed/link"
got_nothing "by a link beside the allowed one" ask_by "$T/allowed/link"
mkdir "$T/evil/allowed"
cp "$T/allowed/tool" "$T/evil/allowed/tool"
got_nothing "by a copy in another place" ask_by "$T/evil/allowed/tool"
cp "$(command -v vouch-credential-process)" "$T/evil/vouch-credential-process"
# shellcheck disable=SC2016 # expanded by the command
got_nothing "by a helper of its own" "$T/evil/other" -c '"$1" --role "$0"; exit $?' "$ROLE_ARN" "$T/evil/vouch-credential-process"

# In a mount namespace of its own anything can stand under the right path; as an ordinary user by a user namespace.
unshare=(unshare --mount)
[ "$(id -u)" -eq 0 ] || unshare=(unshare --user --map-current-user --keep-caps --mount)
if "${unshare[@]}" true 2>/dev/null; then
  # shellcheck disable=SC2016 # expanded by the command
  mounted=("${unshare[@]}" bash -c 'mount --bind "$1" "$2" && exec "$2" -c "vouch-credential-process --role \"$3\"; exit \$?"' -)
  cp "$T/evil/other" "$T/evil/mounted"
  got_nothing "by mounting itself over the allowed one" "${mounted[@]}" "$T/evil/mounted" "$T/allowed/tool" "$ROLE_ARN"
  contains "$T/err" 'cannot be sure'
fi
succeeds sure ask_by "$T/allowed/tool"
