#!/usr/bin/python3
"""Tries every way in which a process may look into another one of the same user, and prints one line a way: "METHOD granted"
or "METHOD refused: why".

    look_into.py PID
"""

import ctypes
import errno
import os
import shutil
import subprocess
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE = 16, 17, 0x4206
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438


def check(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def call(function, *arguments):
    return check(function(*(ctypes.c_long(each) for each in arguments)))


def detach(pid):
    os.waitpid(pid, 0x40000000)  # __WALL: it has stopped
    call(LIBC.ptrace, PTRACE_DETACH, pid, 0, 0)


def attach(pid):
    call(LIBC.ptrace, PTRACE_ATTACH, pid, 0, 0)
    detach(pid)


def seize(pid):
    call(LIBC.ptrace, PTRACE_SEIZE, pid, 0, 0)  # ends with this process


def mapped_address(pid):
    """An address of the process: its own program's, from auxv where that is open, else any."""
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii") as file:
            return int(file.readline().split("-")[0], 16)
    except OSError:
        return 0x400000


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def process_vm_readv(pid):
    buffer = ctypes.create_string_buffer(16)
    here, there = Vector(ctypes.addressof(buffer), 16), Vector(mapped_address(pid), 16)
    check(LIBC.process_vm_readv(pid, ctypes.byref(here), ctypes.c_ulong(1), ctypes.byref(there), ctypes.c_ulong(1),
                                ctypes.c_ulong(0)))


def pidfd_getfd(pid):
    process = call(LIBC.syscall, SYS_PIDFD_OPEN, pid, 0)
    call(LIBC.syscall, SYS_PIDFD_GETFD, process, 2, 0)


def mem(pid):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        file.seek(mapped_address(pid))
        file.read(16)


def read_file(name):
    def read(pid):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            file.read(1)
    return read


def open_descriptors(pid):
    os.listdir(f"/proc/{pid}/fd")


def mapped_files(pid):
    os.listdir(f"/proc/{pid}/map_files")


def gcore(pid):
    if shutil.which("gcore") is None:
        raise FileNotFoundError("no gcore here")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["gcore", "-o", f"{folder}/core", str(pid)], check=False, capture_output=True, timeout=60,
                       env=os.environ | {"HOME": folder})
        if not os.listdir(folder):
            raise PermissionError(errno.EPERM, "no core was written")


WAYS = {"PTRACE_ATTACH": attach, "process_vm_readv": process_vm_readv, "/proc/PID/mem": mem,
        "/proc/PID/environ": read_file("environ"), "/proc/PID/maps": read_file("maps"),
        "/proc/PID/auxv": read_file("auxv"), "/proc/PID/fd": open_descriptors, "/proc/PID/map_files": mapped_files,
        "pidfd_getfd": pidfd_getfd, "gcore": gcore, "PTRACE_SEIZE": seize}


def main():
    pid = int(sys.argv[1])
    for name, way in WAYS.items():
        try:
            way(pid)
            print(name, "granted")
        except FileNotFoundError as error:
            print(name, "untried:", error)
        except OSError as error:
            print(name, "refused:", error.strerror)


if __name__ == "__main__":
    main()
