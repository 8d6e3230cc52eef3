# SPDX-License-Identifier: Apache-2.0
"""What of a directory a power loss leaves, by a model at the level of system calls.

strace(1) records each call that changes the directory. The model keeps, beside the state that processes see, the state that is durable:

- fsync(2) and fdatasync(2) of a file make its content durable, of a directory the changes of its entries (and what must precede
  these); syncfs(2) and sync(2) make all durable.
- A change of entries that is not durable may be there after a power loss or not, each of its own, but the changes of one directory
  in their order. A rename is atomic, also between two directories.
- A content that is not durable is the old one, the new one, or cut short.

Not seen: writes through a shared mapping and copies inside the kernel (both are refused), a disk that loses what it promised, and
modes, owners, times and attributes, which are as at the last call or at the begin.
"""
import os
import re
import stat
import subprocess

CALLS = ("open,openat,openat2,creat,read,write,writev,pwrite64,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,"
         "mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,mknodat,"
         "fsync,fdatasync,syncfs,sync,sync_file_range,msync,copy_file_range,sendfile,splice,mmap,chmod,fchmod,fchmodat,"
         "setxattr,lsetxattr,fsetxattr,ioctl,close,dup,dup2,dup3")

BARRIERS = ("fsync", "fdatasync", "syncfs", "sync")


class Unknown(Exception):
    """The model does not know a call."""


class Inode:
    def __init__(self, kind, mode, content=None):
        self.kind, self.mode, self.xattrs, self.mtime = kind, mode, {}, None
        self.data = content if kind != "dir" else None  # bytes; of a link its target
        self.durable_data = None  # nothing is
        self.entries = {}
        self.durable_entries = {}

    def sync_data(self):
        self.durable_data = self.data


class Change:
    """Of the entries of one directory or two: (directory, name, inode or None)."""

    def __init__(self, *sets):
        self.sets = sets
        self.dirs = {id(d): d for d, _, _ in sets}


def split(text):
    """The arguments of a call."""
    depth, start, parts = 0, 0, []
    for i, c in enumerate(text):
        if c in "{[<(":
            depth += 1
        elif c in "}])" or (c == ">" and text[i - 1] != "="):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return parts


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def quoted(text):
    match = re.fullmatch(r'"((?:\\x[0-9a-f]{2})*)"(?:\.\.\.)?', text)
    if not match:
        raise Unknown("argument " + text[:80])
    return unhex(match.group(1))


def path_of(fd):
    """Of a descriptor that strace shows with its path; None for what has none."""
    match = re.match(r"(?:AT_FDCWD|-?\d+)<((?:\\x[0-9a-f]{2})+)>", fd)
    return unhex(match.group(1)) if match else None


class Model:
    def __init__(self, root):
        """`root` is the directory whose entries are looked at; what is there is durable."""
        self.root_path = os.fsencode(root)
        self.root = self.load(self.root_path)
        self.pending = []
        self.offsets, self.nameless = {}, {}  # of descriptors: one process, maybe of several threads
        self.barriers = 0

    def load(self, path):
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            inode = Inode("dir", stat.S_IMODE(status.st_mode))
            inode.entries = {name: self.load(os.path.join(path, name)) for name in os.listdir(path)}
            inode.durable_entries = dict(inode.entries)
        elif stat.S_ISLNK(status.st_mode):
            inode = Inode("link", 0o777, os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                inode = Inode("file", stat.S_IMODE(status.st_mode), file.read())
        else:
            inode = Inode("other", status.st_mode, status.st_rdev)
        inode.sync_data()
        inode.mtime = status.st_mtime_ns
        inode.xattrs = {name: os.getxattr(path, name, follow_symlinks=False)
                        for name in os.listxattr(path, follow_symlinks=False)}
        return inode

    # ---- names

    def below(self, path):
        """The components beneath the root, or None."""
        path = os.path.normpath(path)
        if path != self.root_path and not path.startswith(self.root_path + b"/"):
            return None
        return [part for part in path[len(self.root_path):].split(b"/") if part]

    def find(self, path):
        parts = self.below(path)
        if parts is None:
            return None
        inode = self.root
        for part in parts:
            inode = inode.entries.get(part) if inode and inode.kind == "dir" else None
        return inode

    def place(self, path):
        """The directory and the name there, or None outside."""
        parts = self.below(path)
        if not parts:
            return None
        return self.find(os.path.dirname(os.path.normpath(path))), parts[-1]

    def change(self, *sets):
        for directory, name, inode in sets:
            if inode is None:
                directory.entries.pop(name, None)
            else:
                directory.entries[name] = inode
        self.pending.append(Change(*sets))

    # ---- barriers

    def moment(self):
        """What a barrier that begins now makes durable when it returns."""
        data = []

        def walk(inode):
            data.append((inode, inode.data))
            for child in inode.entries.values():
                walk(child)

        walk(self.root)
        return list(self.pending), data

    def sync_data(self, inode, begun):
        for other, data in begun[1]:
            if other is inode:
                inode.durable_data = data

    def sync_dir(self, directory, begun):
        wanted, dirs = [], {id(directory)}
        for change in reversed([c for c in self.pending if c in begun[0]]):
            if dirs & set(change.dirs):
                wanted.append(change)
                dirs |= set(change.dirs)
        for change in reversed(wanted):
            self.make_durable(change)

    def make_durable(self, change):
        for directory, name, inode in change.sets:
            if inode is None:
                directory.durable_entries.pop(name, None)
            else:
                directory.durable_entries[name] = inode
        self.pending.remove(change)

    def sync_all(self, begun):
        for change in [c for c in self.pending if c in begun[0]]:
            self.make_durable(change)
        for inode, data in begun[1]:
            inode.durable_data = data

    # ---- calls

    def call(self, name, text, result, begun=None):
        """One call that succeeded. `begun`: moment() when it began, if others ran meanwhile. True: something changed."""
        if name in BARRIERS:
            return self.barrier(name, split(text), begun or self.moment())
        handler = getattr(self, "call_" + name, None)
        if not handler:
            raise Unknown(name)
        return handler(split(text), result)

    def barrier(self, name, a, begun):
        inode = self.root if name == "sync" else self.of(a[0])
        if not inode:
            return False
        if name in ("sync", "syncfs"):
            self.sync_all(begun)
        elif inode.kind == "dir":
            self.sync_dir(inode, begun)
        elif inode in self.nameless.values():
            inode.sync_data()
        else:
            self.sync_data(inode, begun)
        self.barriers += 1
        return True

    def full(self, fd, name):
        name = quoted(name)
        return name if name.startswith(b"/") else os.path.join(path_of(fd) or b"/", name)

    def opened(self, path, flags, mode, result):
        fd = int(re.match(r"-?\d+", result).group())
        path = path_of(result) or path
        self.offsets[fd] = 0
        if self.below(path) is None:
            return False
        if "O_TMPFILE" in flags:
            self.nameless[fd] = Inode("file", mode, b"")
            return False
        inode = self.find(path)
        if not inode:
            inode = Inode("file", mode, b"")
            self.change((*self.place(path), inode))
            return True
        if "O_TRUNC" in flags and inode.kind == "file" and inode.data:
            inode.data = b""
            return True
        return False

    def call_openat(self, a, result):
        return self.opened(self.full(a[0], a[1]), a[2], int(a[3], 8) if len(a) > 3 else 0, result)

    def call_openat2(self, a, result):
        mode = re.search(r"mode=(0[0-7]*)", a[2])
        return self.opened(self.full(a[0], a[1]), a[2], int(mode.group(1), 8) if mode else 0, result)

    def call_open(self, a, result):
        return self.call_openat(["AT_FDCWD"] + a, result)

    def call_close(self, a, result):
        self.offsets.pop(int(a[0].split("<")[0]), None)
        self.nameless.pop(int(a[0].split("<")[0]), None)
        return False

    def dup(self, a, result):
        self.offsets[int(re.match(r"\d+", result).group())] = self.offsets.get(int(a[0].split("<")[0]), 0)
        return False

    call_dup = call_dup2 = call_dup3 = dup

    def of(self, fd):
        return self.nameless.get(int(fd.split("<")[0])) or self.find(path_of(fd) or b"/")

    def put(self, fd, at, data):
        number = int(fd.split("<")[0])
        inode = self.of(fd)
        if at is None:
            at = self.offsets.get(number, 0)
            self.offsets[number] = at + len(data)
        if not inode:
            return False
        old = inode.data.ljust(at, b"\0")
        inode.data = old[:at] + data + old[at + len(data):]
        return True

    def call_write(self, a, result):
        return self.put(a[0], None, quoted(a[1])[:int(result)])

    def call_pwrite64(self, a, result):
        return self.put(a[0], int(a[3]), quoted(a[1])[:int(result)])

    def vector(self, text):
        return b"".join(unhex(x) for x in re.findall(r'iov_base="((?:\\x[0-9a-f]{2})*)"', text))

    def call_writev(self, a, result):
        return self.put(a[0], None, self.vector(a[1])[:int(result)])

    def call_pwritev(self, a, result):
        return self.put(a[0], int(a[3]), self.vector(a[1])[:int(result)])

    call_pwritev2 = call_pwritev

    def call_read(self, a, result):
        number = int(a[0].split("<")[0])
        self.offsets[number] = self.offsets.get(number, 0) + int(result)
        return False

    def call_lseek(self, a, result):
        self.offsets[int(a[0].split("<")[0])] = int(result)
        return False

    def call_ftruncate(self, a, result):
        inode = self.of(a[0])
        if inode:
            inode.data = inode.data[:int(a[1])].ljust(int(a[1]), b"\0")
        return bool(inode)

    def call_fallocate(self, a, result):
        inode, at, length = self.of(a[0]), int(a[2]), int(a[3])
        if not inode:
            return False
        if "PUNCH_HOLE" in a[1]:
            end = min(at + length, len(inode.data))
            inode.data = inode.data[:at] + b"\0" * max(end - at, 0) + inode.data[max(end, at):]
        elif "KEEP_SIZE" not in a[1]:
            inode.data = inode.data.ljust(at + length, b"\0")
        return True

    def make(self, path, inode):
        place = self.place(path)
        if place:
            self.change((*place, inode))
        return bool(place)

    def call_mkdirat(self, a, result):
        return self.make(self.full(a[0], a[1]), Inode("dir", int(a[2], 8)))

    def call_mkdir(self, a, result):
        return self.call_mkdirat(["AT_FDCWD"] + a, result)

    def call_symlinkat(self, a, result):
        return self.make(self.full(a[1], a[2]), Inode("link", 0o777, quoted(a[0])))

    def call_linkat(self, a, result):
        fd = re.fullmatch(rb"/proc/self/fd/(\d+)", quoted(a[1]))
        source = self.nameless.get(int(fd.group(1))) if fd else self.find(self.full(a[0], a[1]))
        path = self.full(a[2], a[3])
        if self.below(path) is not None and not source:
            raise Unknown("a link from elsewhere")
        return source is not None and self.make(path, source)

    def call_unlinkat(self, a, result):
        place = self.place(self.full(a[0], a[1]))
        if place:
            self.change((*place, None))
        return bool(place)

    def call_unlink(self, a, result):
        return self.call_unlinkat(["AT_FDCWD"] + a, result)

    call_rmdir = call_unlink

    def call_renameat2(self, a, result):
        source, target = self.place(self.full(a[0], a[1])), self.place(self.full(a[2], a[3]))
        if not source and not target:
            return False
        if not source or not target:
            raise Unknown("a rename into the directory or out of it")
        moved, other = source[0].entries[source[1]], target[0].entries.get(target[1])
        exchange = len(a) > 4 and "RENAME_EXCHANGE" in a[4]
        self.change((*source, other if exchange else None), (*target, moved))
        return True

    call_renameat = call_renameat2

    def call_rename(self, a, result):
        return self.call_renameat2(["AT_FDCWD", a[0], "AT_FDCWD", a[1]], result)

    def call_fchmod(self, a, result):
        inode = self.find(path_of(a[0]) or b"/")
        if inode:
            inode.mode = int(a[1], 8)
        return False

    def call_fchmodat(self, a, result):
        inode = self.find(self.full(a[0], a[1]))
        if inode:
            inode.mode = int(a[2], 8)
        return False

    # getxattrat(2) and listxattrat(2), which strace may not know
    call_syscall_0x1d0 = call_syscall_0x1d1 = lambda self, a, result: False

    def refused(self, a, result):
        if any(self.below(path_of(x)) is not None for x in a if path_of(x)):
            raise Unknown("a call that the model does not see through, of " + str([path_of(x) for x in a]))
        return False

    call_copy_file_range = call_sendfile = call_splice = call_msync = refused
    call_sync_file_range = call_setxattr = call_lsetxattr = call_fsetxattr = lambda self, a, result: False

    def call_mmap(self, a, result):
        return self.refused(a, result) if "MAP_SHARED" in a[3] and "PROT_WRITE" in a[2] else False

    def call_ioctl(self, a, result):
        return self.refused(a, result) if "FICLONE" in a[1] else False

    # ---- after the power loss

    def survivors(self, rng, share):
        """Pending changes that are there nevertheless, each with the probability `share`."""
        kept, lost = [], set()
        for change in self.pending:
            if not lost & set(change.dirs) and rng.random() < share:
                kept.append(change)
            else:
                lost |= set(change.dirs)
        return kept

    def content(self, inode, rng, lose):
        if inode.data == inode.durable_data or not lose:
            return inode.data
        choice = rng.randrange(3)
        if choice == 0 or len(inode.data) < 2:
            return inode.durable_data or b""
        return inode.data[:rng.randrange(len(inode.data))] if choice == 1 else inode.data

    def write(self, out, rng, share, lose):
        """Writes one state that a power loss may leave to the new directory `out`. `share`: of the changes of entries that are
        not durable, how many are there; `lose`: contents that are not durable may be lost."""
        entries = {}

        def of(directory):
            return entries.setdefault(id(directory), dict(directory.durable_entries))

        for change in self.survivors(rng, share):
            for directory, name, inode in change.sets:
                if inode is None:
                    of(directory).pop(name, None)
                else:
                    of(directory)[name] = inode

        def put(inode, path):
            if inode.kind == "dir":
                os.mkdir(path, 0o700)
                for name, child in of(inode).items():
                    put(child, os.path.join(path, name))
            elif inode.kind == "link":
                os.symlink(inode.data, path)
            elif inode.kind == "file":
                with open(path, "wb") as file:
                    file.write(self.content(inode, rng, lose))
            else:
                os.mknod(path, inode.mode, inode.data)
            for name, value in inode.xattrs.items():
                os.setxattr(path, name, value, follow_symlinks=False)
            if inode.kind != "link":
                os.chmod(path, stat.S_IMODE(inode.mode))
            if inode.mtime is not None:
                os.utime(path, ns=(inode.mtime, inode.mtime), follow_symlinks=False)

        put(self.root, os.fsencode(out))


def record(argv, log, **how):
    """Runs a command under strace; returns what subprocess.run does."""
    return subprocess.run(["strace", "-f", "-y", "-xx", "-s", "1000000000", "-e", "trace=" + CALLS, "-e", "signal=none", "-o", log]
                          + argv, **how)


def replay(log, model):
    """Gives the calls of a log to the model. Yields the name of each call that changed something, when it returned."""
    begun = {}
    for pid, name, text, result in calls(log):
        if result is None:
            begun[pid] = model.moment()
        elif model.call(name, text, result, begun.pop(pid, None)):
            yield name


def calls(log):
    """(pid, name, arguments, result) of each call that succeeded, when it returned; of a barrier that others ran beside also
    when it began, without a result."""
    begun = {}
    with open(log, encoding="ascii") as file:
        for line in file:
            pid, _, rest = line.rstrip("\n").partition(" ")
            rest = rest.strip()
            if rest.startswith(("+++", "---")):
                continue
            if rest.endswith("<unfinished ...>"):
                begun[pid] = rest[:-len("<unfinished ...>")].rstrip()
                if rest.startswith(BARRIERS):
                    yield pid, rest.split("(")[0], None, None
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>", rest)
            if resumed:
                rest = begun.pop(pid) + rest[resumed.end():]
            match = re.fullmatch(r"(\w+)\((.*)\)\s+= (.*)", rest)
            if not match:
                raise Unknown("line " + rest[:120])
            if not match.group(3).startswith(("-1 ", "?")):
                yield pid, *match.groups()
