/* SPDX-License-Identifier: Apache-2.0 */
#include "os/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "os/fd.h"

static bool is_dot(const char *s, size_t len)
{
    return len == 1 && s[0] == '.';
}

static bool is_dotdot(const char *s, size_t len)
{
    return len == 2 && s[0] == '.' && s[1] == '.';
}

/* Opens the single component `name`. A symbolic link is refused even with O_PATH, which would open the
 * link itself. */
static int open_component(int dirfd, const char *name, int flags, mode_t mode)
{
    struct stat st;
    cleanup_fd int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0) {
        int saved = errno;

        /* O_DIRECTORY gives ENOTDIR for a symbolic link. */
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
        /* EAGAIN: a concurrent rename keeps the kernel from telling whether the walk stayed inside. */
        if (errno == ENOSYS || errno == EPERM)
            break;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return beneath_open_by_walk(dirfd, path, flags, mode);
}

/* ---- removing */

/* Directories open at a time; deeper ones are moved up. */
#define DEPTH_MAX 16
/* Retries while another process adds entries, or the file system keeps a removed one. */
#define PATIENCE_MAX 64

struct level {
    int fd; /* of the directory */
    char name[NAME_MAX + 1];
};

struct removal {
    int dirfd;
    const char *name; /* of the topmost directory in `dirfd`; may be a path of the caller's */
    struct level levels[DEPTH_MAX];
    unsigned n;
    unsigned moved, disturbed;
};

static int open_directory(int parent, const char *name)
{
    int fd;

    if (!strchr(name, '/'))
        return entry_open(parent, name, O_RDONLY | O_DIRECTORY);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Opens a directory for emptying. Adds the owner's missing read, write and search permission first. */
static int open_for_removal(int parent, const char *name)
{
    struct stat st;
    cleanup_fd int fd = open_directory(parent, name);

    if (fd == -EACCES && entry_chmod(parent, name, S_IRWXU) == 0)
        fd = open_directory(parent, name);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    /* Others may still use the directory: change its mode only if this process lacks access. */
    if ((st.st_mode & S_IRWXU) != S_IRWXU && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0 &&
        fchmod(fd, S_IRWXU) < 0 && errno != EPERM)
        return -errno;
    return steal_fd(&fd);
}

/* Some file systems only rename a removed file that is still open: libfuse renames it to `.fuse_hiddenN`,
 * and renames that again to another such name when it is removed, without end. Such files are recognised
 * by their inode number, which stays. (NFS gives EBUSY for its `.nfsN`.) */
#define HIDDEN     ".fuse_hidden"
#define HIDDEN_MAX 64

struct hidden {
    ino_t seen[HIDDEN_MAX];
    size_t n;
};

/* May the file be removed? -EBUSY for a file that was removed once before, or that cannot be remembered. */
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

/* Removes files and empty directories in `fd`. Stops at the first directory with entries: copies its name to
 * `child` and returns 1. Returns 0 when `fd` is empty. */
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
        /* An empty directory that cannot be removed would be found again without end. */
        if (errno != ENOTEMPTY && errno != EEXIST)
            return -errno;
        strcpy(child, e->d_name);
        return 1;
    }
    return r;
}

/* The entry changed since it was read: look at it again, a limited number of times. */
static int disturbed(struct removal *m, int error)
{
    bool changed =
        error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ENOTEMPTY || error == -EEXIST;

    if (changed && ++m->disturbed <= PATIENCE_MAX)
        return 0;
    /* Repeatedly found empty and still not removable: an entry in it is in use. */
    return error == -ENOTEMPTY || error == -EEXIST ? -EBUSY : error;
}

static int push(struct removal *m, int parent, const char *name)
{
    int fd = open_for_removal(parent, name);

    if (fd < 0)
        return fd;
    m->levels[m->n].fd = fd;
    if (m->n > 0)
        strcpy(m->levels[m->n].name, name);
    m->n++;
    return 0;
}

/* Moves a directory up to the topmost, under a free name. */
static int move_up(struct removal *m, const char *child)
{
    int top = m->levels[0].fd, parent = m->levels[m->n - 1].fd;
    bool opened = false;
    char name[16];

    for (;;) {
        snprintf(name, sizeof name, "#%x", m->moved);
        if (renameat2(parent, child, top, name, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno == EEXIST && m->moved < UINT_MAX) {
            m->moved++;
        } else if (errno == EACCES && !opened) { /* the move rewrites the child's "..": make it writable */
            int r = entry_chmod(parent, child, S_IRWXU);

            if (r < 0)
                return r;
            opened = true;
        } else {
            return -errno;
        }
    }
}

static int pop(struct removal *m)
{
    unsigned n = --m->n;
    int above = n > 0 ? m->levels[n - 1].fd : m->dirfd;

    close(m->levels[n].fd);
    return unlinkat(above, n > 0 ? m->levels[n].name : m->name, AT_REMOVEDIR) == 0 || errno == ENOENT
               ? 0
               : -errno;
}

/* Iterative, so that depth costs no stack. Goes up through the descriptors that led down instead of "..",
 * which leads elsewhere once another process moves the directory that is being emptied. */
static int remove_directory(struct removal *m)
{
    char child[NAME_MAX + 1];

    while (m->n > 0) {
        struct level *l = &m->levels[m->n - 1];
        int r = empty_one(l->fd, child);

        if (r == 0 && m->n == 1) /* do not look again for entries added meanwhile */
            return pop(m);
        if (r > 0)
            r = m->n < DEPTH_MAX ? push(m, l->fd, child) : move_up(m, child);
        else if (r == 0)
            r = pop(m);
        if (r < 0 && (r = disturbed(m, r)) < 0)
            return r;
    }
    return 0;
}

int beneath_remove(int dirfd, const char *name)
{
    struct removal m = {.dirfd = dirfd, .name = name};
    int r;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return -errno;
    r = push(&m, dirfd, name);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = remove_directory(&m);
    while (m.n > 0)
        close(m.levels[--m.n].fd);
    return r;
}

int beneath_slurp(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_len)
{
    cleanup_fd int fd = beneath_open(dirfd, path, O_RDONLY | O_NONBLOCK, 0);

    return fd < 0 ? fd : fd_slurp(fd, limit, ret, ret_len);
}
