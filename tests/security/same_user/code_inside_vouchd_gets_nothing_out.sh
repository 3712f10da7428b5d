#!/bin/bash
# Somebody has got code to run inside vouchd, by whatever fault. It can start nothing, change no file but vouchd's own, open no
# device, and look into no other process; nor can it from the one thread that is not confined as the others are. The calls are made
# inside the running vouchd by a debugger, as root.
. "$(dirname "$0")/../../e2e/lib.sh"
[ "$(id -u)" -eq 0 ] || skip "only root may debug vouchd"
has_landlock || skip "this kernel has no Landlock"
[ "$(uname -m)" = x86_64 ] || skip "the debugger knows x86-64 only"
! has_sanitizers || skip "a build with a sanitizer does not confine itself"
readonly EPERM=-1 EACCES=-13 O_RDONLY=0 O_WRONLY=1 O_ACCMODE=3 O_CREAT=0100 MODE=384
readonly F_SETOWN=8 F_SETOWN_EX=15 FIOSETOWN=0x8901 SIOCSPGRP=0x8902 RLIMIT_CPU=0
inside() { "$PYTHON" "$TESTS/security/inside.py" "$AGENT_PID" <<<"$1"; }

# gets WANT LINE…: each line of inside.py ends with that.
gets() {
  local want=$1 line
  shift
  for line in "$@"; do
    equal "$want" "$(inside "$line")" "inside vouchd: $line"
  done
}
opens() {
  local fd
  fd=$(inside "$1")
  [ "$fd" -ge 0 ] || fail "inside vouchd: $1: $fd"
  gets 0 "main close $fd"
}

start_all
"$PYTHON" -c 'import sys; open(f"/proc/{sys.argv[1]}/mem", "rb")' "$AGENT_PID" 2>/dev/null || skip "this root may not debug"
succeeds "$BIN/vouch-credential-process" --role "$ROLE_ARN"
echo "export PATH" >"$HOME/.bashrc"
mkdir "$HOME/.ssh"
equal "$AGENT_PID" "$(inside 'main getpid')" "what the debugger sees"

# Programs.
gets "$EPERM" 'all execve "/bin/true" 0 0' 'all fork'

# Files: those of the user, of others, of the system; links are followed as ever.
ln -s "$HOME/.bashrc" "$XDG_STATE_HOME/vouch/link"
for file in "$HOME/.bashrc" "$XDG_CONFIG_HOME/vouch/vouchd.toml" "$XDG_STATE_HOME/vouch/link" /etc/passwd "/proc/$$/mem" "/proc/$$/oom_score_adj"; do
  gets "$EACCES" "all open \"$file\" $O_WRONLY" "all openat -100 \"$file\" $O_WRONLY"
done
for file in "$HOME/.ssh/authorized_keys" "$HOME/.aws/credentials" /tmp/made "$XDG_RUNTIME_DIR/made" "$XDG_RUNTIME_DIR/vouch/made"; do
  gets "$EACCES" "all open \"$file\" $((O_WRONLY | O_CREAT)) $MODE"
done
gets "$EACCES" "all unlink \"$HOME/.bashrc\"" "all mkdir \"$HOME/made\" $MODE" "all mkdir \"$XDG_STATE_HOME/vouch/made\" $MODE"
gets "$EPERM" "all truncate \"$HOME/.bashrc\" 0" "all chmod \"$HOME/.ssh\" 511"
equal "export PATH" "$(cat "$HOME/.bashrc")" ".bashrc"
equal 755 "$(stat -c %a "$HOME/.ssh")" ".ssh"

# Devices, for reading too.
for device in zero full ptmx tty mem kmsg; do
  [ ! -e "/dev/$device" ] || gets "$EACCES" "all open \"/dev/$device\" $O_RDONLY"
done
gets "$EPERM" "all open \"/dev/zero\" $O_ACCMODE" "all openat -100 \"/dev/zero\" $O_ACCMODE"

# Other processes, the kernel, the network beyond IP.
gets "$EPERM" "all ptrace 16 $$ 0 0" "all kill $$ 0" "all process_vm_readv $$ 0 0 0 0 0" 'all io_uring_setup 1 0' 'all bpf 0 0 0' \
  'all mount 0 0 0 0 0' 'all setuid 0' 'all socket 17 3 0' 'all socket 40 1 0' 'all ioctl 0 0x5412 0'
# The kernel would signal in its name, or for want of processor time.
gets "$EPERM" "all fcntl 0 $F_SETOWN $$" "all fcntl 0 $F_SETOWN_EX 0" "all ioctl 0 $FIOSETOWN 0" "all ioctl 0 $SIOCSPGRP 0" \
  "all prlimit64 $$ $RLIMIT_CPU 0 0" "all setpriority 0 $$ 19" "all sched_setaffinity $$ 8 0"
gets "$EACCES" "all open \"/proc/$$/mem\" $O_RDONLY" "all readlinkat -100 \"/proc/$$/exe\" \"buffer\" 6"

# The thread that still sees other programs: nothing but their names.
gets "$EPERM" "onlooker open \"/etc/passwd\" $O_RDONLY" "onlooker openat -100 \"$HOME/.bashrc\" $O_WRONLY" 'onlooker socket 2 1 0' \
  'onlooker fork' 'onlooker read 0 0 0' 'onlooker execve "/bin/true" 0 0'
gets 6 "onlooker readlinkat -100 \"/proc/$$/exe\" \"buffer\" 6"

# What it needs it still has, and it goes on as if nothing had been.
opens "main open \"$XDG_STATE_HOME/vouch/state.json\" $O_WRONLY"
opens "main open \"/dev/null\" $O_WRONLY"
opens "main open \"/etc/passwd\" $O_RDONLY"
opens 'main socket 2 1 0'
succeeds "$BIN/vouch-credential-process" --role "$ROLE_ARN"
