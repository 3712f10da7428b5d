# What scripts look up in the audit log. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

AUDIT_LOG=$XDG_STATE_HOME/vouch/audit.log
readonly AUDIT_LOG

# audit EXPRESSION: of the list `d` of all lines of the file, each of which must be whole.
audit() { sed -e '1s/^/[/' -e '$!s/$/,/' -e '$s/$/]/' "$AUDIT_LOG" | json "$1"; }

audit_has() { [ "$(audit "$1")" = true ]; }

# told CONDITION WHAT: one line `e`, and no second one, is as the condition says. Lines are written a moment after the answer.
told() {
  wait_until 60 audit_has "sum(1 for e in d if $1) == 1" || {
    cat "$AUDIT_LOG" >&2
    fail "the audit log tells of it $(audit "sum(1 for e in d if $1)") times: $2"
  }
}
