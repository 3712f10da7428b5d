"""A file system that answers nothing, as a program may have one with FUSE, or as is left of a file server that is gone.

    silent_files.py FOLDER   mounts it there, prints "ready", and keeps it until it is ended. As root; nobody needs a library for it.
"""
import ctypes
import os
import signal
import sys

DETACH = 2
libc = ctypes.CDLL(None, use_errno=True)


def main():
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"silent", os.fsencode(sys.argv[1]), b"fuse", 0, options.encode()) != 0:
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("ready", flush=True)
    signal.sigwait([signal.SIGTERM])
    libc.umount2(os.fsencode(sys.argv[1]), DETACH)


main()
