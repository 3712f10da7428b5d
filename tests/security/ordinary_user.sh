# Root is refused nothing, so what shall be refused is tried as somebody else: sourced before lib.sh, it starts the script anew
# as an ordinary user when root runs it.
# shellcheck shell=bash
if [ "$(id -u)" -eq 0 ]; then
  as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  if ! "${as_nobody[@]}" test -r "$0" -a -x "${VOUCH_BIN_DIR:?}/vouchd" 2>/dev/null; then
    echo "skipped: no setpriv here, or another user cannot read this folder and $VOUCH_BIN_DIR" >&2
    exit 77
  fi
  exec "${as_nobody[@]}" bash "$0"
fi
