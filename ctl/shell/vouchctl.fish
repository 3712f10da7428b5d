# fish completion of vouchctl and vouch. What there is to say is said by `vouchctl complete`.

function __vouch_complete
    set -l program vouchctl
    set -q __vouch_program; and set program $__vouch_program
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l plain (string unescape -- $current 2>/dev/null; or string trim -l -c '\'"' -- $current)
    set -l lines (command $program complete -- $before "$plain" 2>/dev/null </dev/null)
    switch "$lines[1]"
        case 'command *'
            set -l skip (math (string replace 'command ' '' -- $lines[1]) + 1)
            complete -C (string join ' ' -- (string escape -- $before[$skip..-1]) "$current")
        case files
            __fish_complete_path (string replace -r '^--[a-z-]+=' '' -- "$current")
        case words
            printf '%s\n' $lines[2..-1]
    end
end

for program in vouchctl vouch
    complete -c $program -f -k -a '(__vouch_complete)'
end
