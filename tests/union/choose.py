# SPDX-License-Identifier: Apache-2.0
"""Chooses the next call. What is chosen is written down whole in the step, so that steps can be run again without this."""
import fcntl
import os
import stat

import calls
import space
import system
from layers import DEVICE_MAJOR, DIRECTORY_MODES, DIRECTORY_NAMES, FILE_MODES, FILE_NAMES, ODD_NAMES, SIZES, TARGETS

SLOTS = 8
LOOK_AGAIN = 16  # steps after which the tree is looked at again
TOO_MANY = 120  # names in the tree
ATTRIBUTES = ["user.a0", "user.a1", "user.a2", "user." + "l" * 250, "trusted.t", "security.capability", "user.", "system.posix_acl_access",
              "system.posix_acl_default", "security.other", "nonsense"]
FAR = 1 << 40  # where a write makes a file with a hole of a TiB
OFFSETS = [0, 0, 1, 10, 100, 4095, 4096, 5000, 65536, 131072, 200000]
OPEN_FLAGS = [os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND, os.O_NOFOLLOW, os.O_DIRECTORY]
PUNCH_HOLE = 3
ALLOCATE = [0, 1, 16, 17]  # KEEP_SIZE and ZERO_RANGE: more is not passed on by FUSE


class Chooser:
    def __init__(self, rng, side):
        """`side` is the plain directory's."""
        self.rng = rng
        self.side = side
        self.root = os.fsencode(side.root)
        self.steps = 0
        # Where data is and where holes are can only be compared while nothing is just allocated.
        self.allocate = [PUNCH_HOLE] + rng.choice(([], ALLOCATE))
        self.files, self.directories, self.others = [], [], []
        self.kinds = [name[7:] for name in dir(self) if name.startswith("choose_")]
        self.weights = [WEIGHTS.get(kind, 2) for kind in self.kinds]

    def look(self):
        self.files, self.directories, self.others = [], [b"."], []
        for top, directories, files in os.walk(self.root):
            directories.sort()
            below = top[len(self.root) + 1:]
            for name in directories:
                path = os.path.join(below, name)
                (self.others if os.path.islink(os.path.join(top, name)) else self.directories).append(path)
            for name in sorted(files):
                st = os.lstat(os.path.join(top, name))
                (self.files if stat.S_ISREG(st.st_mode) else self.others).append(os.path.join(below, name))

    def next(self):
        if self.steps % LOOK_AGAIN == 0:
            self.look()
        self.steps += 1
        rng = self.rng
        user = 0 if space.one else rng.choice((0, 0, 0, 0, 0, 0, 1000, 1000, 1001))
        if len(self.files) + len(self.directories) > TOO_MANY and rng.random() < 0.1:
            kind = "remove_tree"
        else:
            kind = rng.choices(self.kinds, self.weights)[0]
        step = {"call": kind, "args": list(getattr(self, "choose_" + kind)()), "user": user, "cwd": None, "umask": 0o022}
        if rng.random() < 0.08:
            step["cwd"] = self.held_directory()
        if rng.random() < 0.1:
            step["umask"] = rng.choice((0, 0o077, 0o777))
        return step

    # ---- what calls are made with

    def directory(self):
        if self.rng.random() < 0.85 and self.directories:
            return self.rng.choice(self.directories)
        return self.new_path()

    def new_path(self):
        """A name that may be free, in a directory that is mostly there."""
        rng = self.rng
        names = rng.choice((DIRECTORY_NAMES, FILE_NAMES, FILE_NAMES))
        name = rng.choice(names if rng.random() < 0.94 else ODD_NAMES)
        if rng.random() < 0.03:
            name = rng.choice((b".", b"..", b"f/", b"n" * 256, name + b"/", b"f/g"))
        where = rng.choice(self.directories) if rng.random() < 0.9 and self.directories else rng.choice(self.others or [b"a"])
        return name if where == b"." else os.path.join(where, name)

    def file(self):
        if self.rng.random() < 0.8 and self.files:
            return self.rng.choice(self.files)
        return self.any()

    def any(self):
        everything = self.rng.choices((self.files, self.directories, self.others), (5, 3, 1))[0]
        if self.rng.random() < 0.85 and everything:
            return self.rng.choice(everything)
        return self.new_path()

    def slot(self):
        """Any, to open something in."""
        return self.rng.randrange(SLOTS)

    def held(self, kind=None):
        """Mostly one that holds something (of a kind)."""
        fits = sorted(slot for slot, fd in self.side.fds.items() if not kind or kind(os.fstat(fd).st_mode))
        return self.rng.choice(fits) if fits and self.rng.random() < 0.9 else self.slot()

    def held_file(self):
        return self.held(stat.S_ISREG)

    def held_directory(self):
        return self.held(stat.S_ISDIR)

    def size(self):
        return self.rng.choice(SIZES)

    def offset(self):
        return self.rng.choice(OFFSETS)

    def seed(self):
        return self.rng.getrandbits(20)

    def mode(self):
        return self.rng.choice(FILE_MODES)

    def follow(self):
        return self.rng.random() < 0.7

    def attribute(self):
        return self.rng.choice(ATTRIBUTES[:2] if self.rng.random() < 0.7 else ATTRIBUTES)

    def plain_attribute(self):
        if self.rng.random() < 0.6:
            return self.rng.choice(ATTRIBUTES[:2])
        return self.rng.choice([name for name in ATTRIBUTES if "posix" not in name and "capability" not in name])

    def value(self):
        """Of an attribute: its name, size and seed, and flags."""
        flags = self.rng.choice((0, 0, os.XATTR_CREATE, os.XATTR_REPLACE))
        return self.plain_attribute(), self.rng.choice((0, 1, 100)), self.seed(), flags

    def owner(self):
        """Not nobody: that takes set-user-ID away, but FUSE does not pass it on."""
        return self.rng.choice(((0, 0), (0, 1000), (1000, 1000), (1001, 1000), (-1, 1000), (-1, 1001), (1000, -1), (0, -1), (1001, -1)))

    def time(self):
        return self.rng.choice(((0, system.UTIME_NOW), (0, system.UTIME_OMIT), (-2, 500_000_000), (0, 0), (1_111_111_111, 123_456_789),
                                (4_100_000_000, 1), (1_300_000_000, 999_999_999), (5, 1 << 30)))

    # ---- opening

    def choose_open(self):
        rng = self.rng
        flags = rng.choice((os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR))
        for flag in OPEN_FLAGS:
            if rng.random() < 0.2:
                flags |= flag
        if rng.random() < 0.08:
            flags |= os.O_PATH
        path = self.any() if rng.random() < 0.3 else self.new_path() if flags & os.O_CREAT and rng.random() < 0.4 else self.file()
        if rng.random() < 0.15:
            flags, path = os.O_RDONLY | os.O_DIRECTORY, self.directory()
        elif flags & os.O_DIRECTORY and flags & os.O_CREAT:
            flags &= ~os.O_DIRECTORY
        return self.slot(), path, flags, self.mode()

    def choose_tmpfile(self):
        return self.slot(), self.directory(), self.rng.choice((os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_EXCL)), self.mode()

    def choose_close(self):
        return (self.slot(),)

    def choose_dup(self):
        return self.held(), self.slot()

    def choose_link_fd(self):
        return self.held(), self.new_path()

    # ---- on descriptors

    def choose_read(self):
        return self.held_file(), self.size()

    def choose_pread(self):
        return self.held_file(), self.size(), self.offset()

    def choose_write(self):
        return self.held_file(), self.size(), self.seed()

    def choose_pwrite(self):
        return self.held_file(), self.size(), self.offset(), self.seed()

    def choose_lseek(self):
        return self.held_file(), self.rng.choice(OFFSETS + [-1, FAR]), self.rng.choice((0, 1, 2, os.SEEK_DATA, os.SEEK_HOLE, os.SEEK_DATA, os.SEEK_HOLE))

    def choose_ftruncate(self):
        return self.held_file(), self.offset()

    def choose_fstat(self):
        return (self.held(),)

    def choose_fchmod(self):
        return self.held(), self.mode()

    def choose_fchown(self):
        return self.held(), *self.owner()

    def choose_futimens(self):
        return self.held(), self.time(), self.time()

    def choose_fsetxattr(self):
        return (self.held(), *self.value())

    def choose_fgetxattr(self):
        return self.held(), self.attribute()

    def choose_flistxattr(self):
        return (self.held(),)

    def choose_fremovexattr(self):
        return self.held(), self.attribute()

    def choose_fallocate(self):
        return self.held_file(), self.rng.choice(self.allocate), self.offset(), self.rng.choice((0, 1, 4096, 10000, 70000))

    def choose_copy_file_range(self):
        return self.held_file(), self.held_file(), self.offset(), self.offset(), self.size()

    def choose_sendfile(self):
        return self.held_file(), self.held_file(), self.offset(), self.size()

    def choose_map_write(self):
        return self.held_file(), self.offset(), self.size(), self.seed()

    def choose_map_keep(self):
        return self.held_file(), self.rng.randrange(3), self.size()

    def choose_map_read(self):
        return (self.rng.choice(sorted(self.side.maps) or [0]),)

    def choose_fsync(self):
        return (self.held(),)

    def choose_fdatasync(self):
        return (self.held(),)

    def choose_flock(self):
        return self.held(), self.rng.choice((fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_UN))

    def choose_lock_range(self):
        return self.held(), self.rng.choice((fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK)), self.offset(), self.size()

    # ---- directories

    def choose_dir_list(self):
        return (self.held_directory(),)

    def choose_dir_seek(self):
        return self.held_directory(), self.rng.randrange(20)

    def choose_dir_next(self):
        return self.held_directory(), self.rng.randrange(1, 3)

    def choose_dir_end(self):
        begun = sorted(slot for slot, fd in self.side.fds.items() if fd in self.side.listings)
        return (self.rng.choice(begun) if begun else self.held_directory(),)

    def choose_listdir(self):
        return (self.directory(),)

    def choose_mkdir(self):
        return self.new_path(), self.rng.choice(DIRECTORY_MODES)

    def choose_rmdir(self):
        return (self.directory(),)

    def choose_remove_tree(self):
        return (self.rng.choice(self.directories[1:]) if self.rng.random() < 0.8 and self.directories[1:] else self.new_path().rstrip(b"/.") or b"f",)

    # ---- names

    def choose_mknod(self):
        kind = self.rng.choice((stat.S_IFREG, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK))
        return self.new_path(), kind | self.mode(), os.makedev(DEVICE_MAJOR, self.rng.randrange(70000)) if kind in (stat.S_IFCHR, stat.S_IFBLK) else 0

    def choose_symlink(self):
        return self.rng.choice(TARGETS), self.new_path()

    def choose_link(self):
        return self.file(), self.new_path(), self.rng.random() < 0.3

    def choose_unlink(self):
        return (self.any(),)

    def choose_rename(self):
        flags = self.rng.choice((0, 0, 0, 0, system.RENAME_NOREPLACE, system.RENAME_EXCHANGE))
        old = self.any() if self.rng.random() < 0.6 else self.directory()
        new = self.any() if self.rng.random() < 0.5 or flags == system.RENAME_EXCHANGE else self.new_path()
        return old, new, flags

    def choose_replace(self):
        return self.file(), self.size(), self.seed(), self.mode()

    def choose_readlink(self):
        return (self.rng.choice(self.others) if self.others else self.any(),)

    # ---- attributes

    def choose_lstat(self):
        return (self.any(),)

    def choose_stat(self):
        return (self.any(),)

    def choose_chmod(self):
        path = self.any()
        return path, self.rng.choice(DIRECTORY_MODES) if path in self.directories else self.mode()

    def choose_chown(self):
        return self.any(), *self.owner()

    def choose_lchown(self):
        return self.any(), *self.owner()

    def choose_utimens(self):
        return self.any(), self.time(), self.time(), self.follow()

    def choose_truncate(self):
        return self.file(), self.offset()

    def choose_setxattr(self):
        return (self.any(), *self.value(), self.follow())

    def choose_getxattr(self):
        return self.any(), self.attribute(), self.follow()

    def choose_listxattr(self):
        return self.any(), self.follow()

    def choose_removexattr(self):
        return self.any(), self.attribute(), self.follow()

    def choose_set_acl(self):
        return self.any(), self.rng.random() < 0.5, self.rng.randrange(16), self.rng.randrange(8)

    def choose_set_capability(self):
        return (self.file(),)

    def choose_access(self):
        return self.any(), self.rng.randrange(8)

    def choose_statfs(self):
        return (self.any(),)

    # ---- several at once

    def choose_read_file(self):
        return (self.file(),)

    def choose_write_file(self):
        flags = self.rng.choice((os.O_CREAT | os.O_TRUNC, os.O_CREAT | os.O_TRUNC, os.O_APPEND, os.O_TRUNC, 0, os.O_CREAT | os.O_EXCL))
        return self.file() if self.rng.random() < 0.6 else self.new_path(), self.size(), self.seed(), flags, self.mode()


WEIGHTS = {"open": 12, "write_file": 6, "rename": 9, "mkdir": 6, "close": 1, "unlink": 5, "link": 4, "write": 4, "pwrite": 4, "remove_tree": 1,
           "setxattr": 4, "fsetxattr": 4, "map_keep": 3, "map_read": 4, "fsync": 0.2,
           "fdatasync": 0.2, "statfs": 0.5, "set_capability": 1, "map_write": 4, "fstat": 4, "dir_next": 3}
missing = set(calls.TABLE) - {name[7:] for name in dir(Chooser) if name.startswith("choose_")}
assert not missing, missing
