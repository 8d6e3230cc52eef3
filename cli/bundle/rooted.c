/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define OPEN_TRIES 1000

int rooted_open(int rootfd, const char *path, int flags)
{
    const struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    int tries = 0;

    /* EAGAIN: a concurrent rename or mount anywhere keeps the kernel from proving that a ".." stayed
     * inside. */
    do
        fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < OPEN_TRIES && sched_yield() == 0)));
    return fd < 0 ? -errno : (int)fd;
}

/* ---- resolve */

#define MAX_LINKS 40 /* the kernel's limit */

/* Resolved path and the remaining components. */
struct walk {
    char done[PATH_MAX], rest[PATH_MAX];
    int links;
};

static void climb(struct walk *w)
{
    char *slash = strrchr(w->done, '/');

    if (slash)
        *slash = '\0';
}

/* Take the next component off the rest. */
static bool next_name(struct walk *w, char ret[PATH_MAX])
{
    size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");

    memcpy(ret, w->rest + skip, len);
    ret[len] = '\0';
    memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
    return len > 0;
}

static int enter(struct walk *w, const char *name)
{
    size_t len = strlen(w->done);

    if (strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0)
        return climb(w), 0;
    if (len + strlen(name) + 2 > sizeof w->done)
        return -ENAMETOOLONG;
    w->done[len] = '/';
    memcpy(w->done + len + 1, name, strlen(name) + 1);
    return 0;
}

/* If `done` is a link, prepend its target to the rest. */
static int follow_link(struct walk *w, int rootfd)
{
    char target[PATH_MAX];
    cleanup_fd int fd = *w->done ? rooted_open(rootfd, w->done, O_PATH | O_NOFOLLOW) : -1;
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof target);

    if (n < 0) /* no link, or missing */
        return fd == -ENAMETOOLONG ? fd : 0;
    size_t rest = strlen(w->rest) + 1;
    if (++w->links > MAX_LINKS)
        return -ELOOP;
    if ((size_t)n + rest > sizeof w->rest)
        return -ENAMETOOLONG;
    memmove(w->rest + n, w->rest, rest);
    memcpy(w->rest, target, (size_t)n);
    if (target[0] == '/')
        *w->done = '\0';
    else
        climb(w);
    return 0;
}

/* With rootfd -1 no component counts as a link. */
static int walk(int rootfd, const char *path, char **ret)
{
    struct walk w = {.done = ""};
    char name[PATH_MAX];
    int r = 0;

    if (strlen(path) >= sizeof w.rest)
        return -ENAMETOOLONG;
    memcpy(w.rest, path, strlen(path) + 1);
    while (r == 0 && next_name(&w, name)) {
        r = enter(&w, name);
        if (r == 0 && rootfd >= 0)
            r = follow_link(&w, rootfd);
    }
    if (r < 0)
        return r;
    *ret = strdup(*w.done ? w.done : "/");
    return *ret ? 0 : -ENOMEM;
}

int rooted_resolve(int rootfd, const char *path, char **ret)
{
    return walk(rootfd, path, ret);
}

char *rooted_plain(const char *path)
{
    char *plain = NULL;
    return walk(-1, path, &plain) == 0 ? plain : NULL;
}

/* ---- files */

int rooted_read(int rootfd, const char *path, size_t limit, char **ret)
{
    struct stat st;
    char by_number[64];
    size_t len;

    /* Opening a device or a fifo has effects: check the type first. */
    cleanup_fd int place = rooted_open(rootfd, path, O_PATH);
    if (place < 0)
        return place;
    if (fstat(place, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    snprintf(by_number, sizeof by_number, "/proc/self/fd/%d", place);
    cleanup_fd int fd = open(by_number, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fd_slurp(fd, limit, ret, &len);
    if (r == 0 && memchr(*ret, '\0', len)) {
        free(*ret);
        *ret = NULL;
        r = -EINVAL;
    }
    return r;
}
