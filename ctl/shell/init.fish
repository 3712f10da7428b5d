function __vouch_prompt --on-event fish_prompt
    set -l lines (@VOUCHCTL@ status --format shell 2>/dev/null)
    if not string match -q 'VOUCH_AUTHENTICATED=*' -- "$lines[1]"
        set lines VOUCH_AUTHENTICATED=0 "VOUCH_EMAIL=''" VOUCH_EXPIRES_IN=0 VOUCH_LOCKED=0
    end
    string replace -r '^(VOUCH_[A-Z_]+)=' 'set -gx $1 ' -- $lines | source
end
set -g __vouch_program @VOUCHCTL@
@COMPLETIONS@
