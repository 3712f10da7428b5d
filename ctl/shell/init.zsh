__vouch_prompt() {
  emulate -L zsh
  local lines=
  lines=$(@VOUCHCTL@ status --format shell 2>/dev/null) || :
  eval "${lines:-VOUCH_AUTHENTICATED=0 VOUCH_EMAIL= VOUCH_EXPIRES_IN=0 VOUCH_LOCKED=0}"
  export VOUCH_AUTHENTICATED VOUCH_EMAIL VOUCH_EXPIRES_IN VOUCH_LOCKED
}
typeset -ga precmd_functions
if [[ ${precmd_functions[(Ie)__vouch_prompt]} -eq 0 ]]; then
  precmd_functions=(__vouch_prompt $precmd_functions)
fi
typeset -g __vouch_program=@VOUCHCTL@
if (( ${+functions[compdef]} )) && (( ! ${+_comps[vouchctl]} )); then
@COMPLETIONS@
fi
