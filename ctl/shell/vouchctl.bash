# bash completion of vouchctl and vouch. What there is to say is said by `vouchctl complete`; with or without the package
# bash-completion.

# The words of the command line up to the cursor, without their quotes, as they will reach the program: COMP_WORDS is cut
# at every colon and has the quotes. Sets __vouch_words, and __vouch_quote to the quote that is still open.
__vouch_split() {
  local line=$1 word= c i in_word=no
  __vouch_words=() __vouch_quote=
  for ((i = 0; i < ${#line}; i++)); do
    c=${line:i:1}
    if [[ $__vouch_quote == "'" ]]; then
      if [[ $c == "'" ]]; then __vouch_quote=; else word+=$c; fi
    elif [[ $c == \\ ]]; then
      i=$((i + 1)) in_word=yes
      if [[ $__vouch_quote == '"' && ${line:i:1} != [\\\"\$\`] ]]; then word+=$c; fi
      word+=${line:i:1}
    elif [[ $__vouch_quote == '"' ]]; then
      if [[ $c == '"' ]]; then __vouch_quote=; else word+=$c; fi
    elif [[ $c == [\'\"] ]]; then
      __vouch_quote=$c in_word=yes
    elif [[ $c == [[:space:]] ]]; then
      if [[ $in_word == yes ]]; then __vouch_words+=("$word"); fi
      word= in_word=no
    else
      word+=$c in_word=yes
    fi
  done
  __vouch_words+=("$word")
}

# The rest of the line is another command's.
__vouch_hand_over() {
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then break; fi
  done
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset $((i + 1))
  elif declare -F _command_offset >/dev/null; then
    _command_offset $((i + 1))
  elif [[ $((i + 1)) -eq $COMP_CWORD ]]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$2")
  else
    compopt -o bashdefault -o default 2>/dev/null
  fi
}

__vouch_complete() {
  local __vouch_words=() __vouch_quote='' lines=() line current before='' candidate
  __vouch_split "${COMP_LINE:0:COMP_POINT}"
  current=${__vouch_words[${#__vouch_words[@]} - 1]}
  mapfile -t lines < <(command "${__vouch_program:-vouchctl}" complete -- "${__vouch_words[@]}" 2>/dev/null </dev/null)
  COMPREPLY=()
  case ${lines[0]-} in
    command\ *) __vouch_hand_over "$@" ;;
    files) compopt -o filenames -o default 2>/dev/null ;;
    words)
      # Readline puts a candidate in place of what stands behind the last of these characters only.
      if [[ -z $__vouch_quote ]]; then
        for candidate in : =; do
          if [[ $COMP_WORDBREAKS == *$candidate* && $current == *$candidate* ]]; then
            line=${current%"${current##*"$candidate"}"}
            if [[ ${#line} -gt ${#before} ]]; then before=$line; fi
          fi
        done
      fi
      for line in "${lines[@]:1}"; do
        candidate=${line%%$'\t'*}
        if [[ $candidate != "$current"* ]]; then continue; fi
        candidate=${candidate#"$before"}
        # Names come from files: what they hold must stay a word of its own, and run nothing.
        if [[ $candidate == *[![:alnum:]_.:/=@%+,-]* ]]; then
          case $__vouch_quote in
            "'") candidate=${candidate//"'"/"'\\''"} ;;
            '"')
              if [[ $candidate == *!* ]]; then continue; fi  # nothing quotes it there
              candidate=$(sed 's/[\\"$`]/\\&/g' <<<"$candidate")
              ;;
            *) printf -v candidate %q "$candidate" ;;
          esac
        fi
        COMPREPLY+=("$candidate")
      done
      ;;
  esac
}

complete -F __vouch_complete vouchctl vouch
