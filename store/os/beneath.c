/* SPDX-License-Identifier: Apache-2.0 */
#include "os/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"

static bool is_dot(const char *s, size_t len)
{
    return len == 1 && s[0] == '.';
}

static bool is_dotdot(const char *s, size_t len)
{
    return len == 2 && s[0] == '.' && s[1] == '.';
}

/* Opens the single component `name`: a link is refused even where O_PATH would open the link itself. */
static int open_component(int dirfd, const char *name, int flags, mode_t mode)
{
    struct stat st;
    cleanup_fd int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0) {
        int saved = errno;

        /* O_DIRECTORY says ENOTDIR of a link. */
        if (saved == ENOTDIR && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
            return -ELOOP;
        return -saved;
    }
    if (flags & O_PATH) {
        if (fstat(fd, &st) < 0)
            return -errno;
        if (S_ISLNK(st.st_mode))
            return -ELOOP;
    }
    return steal_fd(&fd);
}

int beneath_open_by_walk(int dirfd, const char *path, int flags, mode_t mode)
{
    cleanup_fd int at = -1;
    char name[NAME_MAX + 1];

    if (path[0] == '/')
        return -EXDEV;
    if (path[0] == 0)
        return -ENOENT;
    for (;;) {
        size_t len = strcspn(path, "/");
        const char *rest = path + len;
        int next;

        rest += strspn(rest, "/");
        if (len > NAME_MAX)
            return -ENAMETOOLONG;
        if (is_dotdot(path, len))
            return -EXDEV;
        memcpy(name, path, len);
        name[len] = 0;
        if (!*rest)
            return open_component(at >= 0 ? at : dirfd, name, path[len] ? flags | O_DIRECTORY : flags, mode);
        if (!is_dot(path, len)) {
            next = open_component(at >= 0 ? at : dirfd, name, O_PATH | O_DIRECTORY, 0);
            if (next < 0)
                return next;
            if (at >= 0)
                close(at);
            at = next;
        }
        path = rest;
    }
}

int beneath_open(int dirfd, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    for (int tries = 0; tries < 16; tries++) {
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

        if (fd >= 0)
            return (int)fd;
        /* EAGAIN: something was renamed meanwhile and the kernel cannot tell whether the walk stayed inside.
         */
        if (errno == ENOSYS || errno == EPERM)
            break;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return beneath_open_by_walk(dirfd, path, flags, mode);
}

/* Opens a directory for emptying; one that its owner may not read, search or write is made so first. */
static int open_for_removal(int parent, const char *name, dev_t dev)
{
    struct stat st;
    cleanup_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (st.st_dev != dev)
        return -EXDEV;
    /* Somebody may still look at the directory: its mode stays where it does not matter to us. */
    if ((st.st_mode & S_IRWXU) != S_IRWXU && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0 &&
        fchmod(fd, S_IRWXU) < 0 && errno != EPERM)
        return -errno;
    return steal_fd(&fd);
}

/*
 * Some file systems only rename a file that is removed while somebody has it open: libfuse's to
 * `.fuse_hiddenN`, and that again to another such name when it is removed, without an end. They are told by
 * their inode number, which stays. (NFS says EBUSY of its `.nfsN`.)
 */
#define HIDDEN     ".fuse_hidden"
#define HIDDEN_MAX 64

struct hidden {
    ino_t seen[HIDDEN_MAX];
    size_t n;
};

/* May it be removed? -EBUSY for a file that has been removed once, or of which that cannot be remembered. */
static int check_hidden(struct hidden *h, int fd, const char *name)
{
    struct stat st;

    if (strncmp(name, HIDDEN, strlen(HIDDEN)) != 0)
        return 0;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    for (size_t i = 0; i < h->n; i++)
        if (h->seen[i] == st.st_ino)
            return -EBUSY;
    if (h->n == HIDDEN_MAX)
        return -EBUSY;
    h->seen[h->n++] = st.st_ino;
    return 0;
}

/* Removes what can be unlinked in `fd`; a first directory that is met is named in `child` (1 is returned), 0
 * when it is empty.
 */
static int empty_one(int fd, char child[NAME_MAX + 1])
{
    cleanup_dir DIR *d = NULL;
    struct hidden hidden = {.n = 0};
    int r = dir_reopen(fd, &d);

    if (r < 0)
        return r;
    for (const struct dirent *e; (e = dir_next(d, &r));) {
        if ((r = check_hidden(&hidden, fd, e->d_name)) < 0)
            return r;
        if (unlinkat(fd, e->d_name, 0) == 0 || errno == ENOENT)
            continue;
        if (errno != EISDIR)
            return -errno;
        if (unlinkat(fd, e->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            continue;
        /* One that stays though it is empty would be met again and again. */
        if (errno != ENOTEMPTY && errno != EEXIST)
            return -errno;
        strcpy(child, e->d_name);
        return 1;
    }
    return r;
}

/* Without recursion, so that depth costs nothing: down into the first directory that is not empty, up again
 * by ".." to remove it. Only for trees that nobody else moves about (a transaction's, under its lock). */
int beneath_remove(int dirfd, const char *name)
{
    char child[NAME_MAX + 1];
    struct stat st, emptied = {.st_ino = 0}, here;
    cleanup_fd int at = -1;
    size_t depth = 0;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return -errno;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    at = open_for_removal(dirfd, name, st.st_dev);
    if (at < 0)
        return at == -ENOENT ? 0 : at;
    for (;;) {
        int r = empty_one(at, child), next;

        if (r < 0)
            return r;
        if (r == 0 && depth == 0)
            return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
        /* Found empty, and yet it cannot be removed: something in it is still in use. */
        if (r && fstatat(at, child, &here, AT_SYMLINK_NOFOLLOW) == 0 && here.st_ino == emptied.st_ino)
            return -EBUSY;
        if (!r && fstat(at, &emptied) < 0)
            return -errno;
        next =
            r ? open_for_removal(at, child, st.st_dev) : openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (next < 0)
            return r ? next : -errno;
        depth = r ? depth + 1 : depth - 1;
        close(at);
        at = next;
    }
}
