# SPDX-License-Identifier: Apache-2.0
"""Shows that nothing by which micafs changes a file goes past the fault library: by the names that it takes from libc."""
import re
import subprocess

# Everything in libc that changes a file, a name, or what is kept about it. Variants for 64 bits and for _FORTIFY_SOURCE count
# as the function itself.
CHANGING = """
    open openat creat mkstemp mkostemp mkstemps mkostemps mkdtemp tmpfile tmpnam fopen freopen fdopen shm_open shm_unlink
    write pwrite writev pwritev pwritev2 sendfile splice tee vmsplice copy_file_range fwrite fputs fputc putc puts fprintf vfprintf dprintf
    vdprintf truncate ftruncate fallocate posix_fallocate msync aio_write lio_listio
    mkdir mkdirat mknod mknodat __xmknod __xmknodat mkfifo mkfifoat symlink symlinkat link linkat unlink unlinkat remove rmdir
    rename renameat renameat2 bind chmod fchmod fchmodat lchmod chown fchown lchown fchownat
    utime utimes lutimes futimes futimesat utimensat futimens setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    fsync fdatasync sync syncfs sync_file_range ioctl name_to_handle_at open_by_handle_at mount umount umount2 pivot_root
    posix_spawn posix_spawnp system popen execve execv execvp execvpe execl execle execlp fexecve chroot quotactl acct swapon
    nftw ftw fts_open
""".split()

# Used, and not for files of a branch.
ELSEWHERE = {
    "fprintf": "messages to standard error",
    "fwrite": "messages to standard error",
    "writev": "answers to the kernel",
    "mount": "flags of a mount that is there: mount -o remount",
    "umount2": "leaving a mount namespace that nobody else is in (leave.c)",
    "fopen": "files of /proc, which are read",
    "posix_fallocate": "indexes of views (store/views), in unnamed files",
    "name_to_handle_at": "the number that a file's handle gives; without one the number is counted",
    "ioctl": "which files the kernel is to read and write by itself; where it does not want to, all goes through micafs",
}


def plain(symbol):
    """The function's own name: openat of __openat64_2, pread of __pread64_chk."""
    return re.sub(r"64(v2)?$", r"\1", re.sub(r"^__(.*?)(_chk|_2)$", r"\1", symbol))


def symbols(*nm):
    out = subprocess.run(["nm", "-D", *nm], capture_output=True, check=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines()}


def check(programs):
    taken = symbols("--undefined-only", programs.micafs)
    wrapped = symbols("--defined-only", programs.library)
    changing = sorted(s for s in taken if plain(s) in CHANGING and plain(s) not in ELSEWHERE)
    failures = ["micafs uses %s, at which no fault is injected (inject.c)" % s for s in changing if s not in wrapped]
    print("%d functions of libc change files for micafs, each of them can fail here: %s" % (len(changing), " ".join(changing)))
    if not changing:
        failures.append("nm shows none")
    return failures
