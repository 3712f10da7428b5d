__vouch_prompt() {
  local __vouch_status=$? __vouch_lines=
  __vouch_lines=$(@VOUCHCTL@ status --format shell 2>/dev/null) || :
  eval "${__vouch_lines:-VOUCH_AUTHENTICATED=0 VOUCH_EMAIL= VOUCH_EXPIRES_IN=0 VOUCH_LOCKED=0}"
  export VOUCH_AUTHENTICATED VOUCH_EMAIL VOUCH_EXPIRES_IN VOUCH_LOCKED
  # With set -e the shell would end itself.
  case $- in *e*) return 0 ;; esac
  return "$__vouch_status"
}
if [[ "${PROMPT_COMMAND[*]-}" != *__vouch_prompt* ]]; then
  if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null || :)" == "declare -a"* ]]; then
    PROMPT_COMMAND=(__vouch_prompt ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"})
  else
    PROMPT_COMMAND=__vouch_prompt${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
  fi
fi
__vouch_program=@VOUCHCTL@
if [[ $- == *i* ]] && ! complete -p vouchctl >/dev/null 2>&1; then
@COMPLETIONS@
fi
