"""Makes system calls inside another process, as code that an attacker had got to run there would: by ptrace, as root. x86-64.

    inside.py PID   reads lines from standard input and prints, for each, what the call returned, negative for an errno:

    THREAD CALL ARGUMENT…      THREAD: main, onlooker, or all (one line for each thread but the onlooker, the same result once)
                               ARGUMENT: a number, or a text in quotes, whose address is passed
"""
import ctypes
import os
import re
import shlex
import sys

NUMBERS = {"read": 0, "open": 2, "ioctl": 16, "socket": 41, "fcntl": 72, "fork": 57, "execve": 59, "kill": 62, "truncate": 76, "mkdir": 83,
           "unlink": 87, "chmod": 90, "ptrace": 101, "openat": 257, "readlinkat": 267, "close": 3, "newfstatat": 262, "getpid": 39, "io_uring_setup": 425,
           "process_vm_readv": 310, "prlimit64": 302, "memfd_create": 319, "bpf": 321, "mount": 165, "setuid": 105,
           "setpriority": 141, "sched_setaffinity": 203}
ATTACH, DETACH, SINGLESTEP, GETREGS, SETREGS = 16, 17, 9, 12, 13
WAIT_ALL = 0x40000000
NO_SYSCALL = 2**64 - 1  # in orig_rax: nothing to be restarted
REGISTERS = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs".split()
ARGUMENTS = "rdi rsi rdx r10 r8 r9".split()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in REGISTERS]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread, data=None):
    if libc.ptrace(request, thread, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request} of {thread}")


def syscall_instruction(pid):
    """An address in the process where the two bytes of `syscall` are."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) r-xp .*/libc\.so\.6$", line)
            if area:
                begin, end = (int(text, 16) for text in area.groups())
                memory.seek(begin)
                found = memory.read(end - begin).find(b"\x0f\x05")
                if found >= 0:
                    return begin + found
    raise SystemExit("no syscall instruction found")


def call(pid, thread, number, arguments, instruction):
    """What the call returned in that thread, which goes on afterwards as if nothing had been; None if it has ended."""
    try:
        ptrace(ATTACH, thread)
    except OSError:
        if os.path.exists(f"/proc/{pid}/task/{thread}"):
            raise
        return None
    os.waitpid(thread, WAIT_ALL)
    before = Registers()
    ptrace(GETREGS, thread, ctypes.addressof(before))
    now = Registers.from_buffer_copy(before)
    scratch = before.rsp - 8192
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        for register, argument in zip(ARGUMENTS, arguments):
            if isinstance(argument, str):
                memory.seek(scratch)
                memory.write(argument.encode() + b"\0")
                argument, scratch = scratch, scratch + len(argument) + 1
            setattr(now, register, argument & (2**64 - 1))
    now.rax, now.orig_rax, now.rip = number, NO_SYSCALL, instruction
    ptrace(SETREGS, thread, ctypes.addressof(now))
    ptrace(SINGLESTEP, thread)
    os.waitpid(thread, WAIT_ALL)
    after = Registers()
    ptrace(GETREGS, thread, ctypes.addressof(after))
    ptrace(SETREGS, thread, ctypes.addressof(before))
    ptrace(DETACH, thread)
    return ctypes.c_int64(after.rax).value


def name_of(thread):
    """Empty when it has just ended."""
    try:
        with open(f"/proc/{thread}/comm") as comm:
            return comm.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def threads_of(pid, which):
    every = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    onlookers = [thread for thread in every if name_of(thread) == "onlooker"]
    assert len(onlookers) == 1, onlookers
    return {"main": [pid], "onlooker": onlookers, "all": [thread for thread in every if thread not in onlookers]}[which]


def main():
    pid = int(sys.argv[1])
    instruction = syscall_instruction(pid)
    for line in sys.stdin:
        which, name, *arguments = shlex.split(line, posix=False)
        arguments = [word[1:-1] if word[0] == '"' else int(word, 0) for word in arguments]
        results = {call(pid, thread, NUMBERS[name], arguments, instruction) for thread in threads_of(pid, which)}
        print(" ".join(str(result) for result in sorted(results - {None})), flush=True)


main()
