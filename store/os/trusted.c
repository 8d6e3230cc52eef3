/* SPDX-License-Identifier: Apache-2.0 */
#include "os/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/cleanup.h"

#define LINKS_MAX 40 /* as in the kernel */

struct walk {
    struct trusted *t;
    char *rest; /* owned; the path left to walk */
    unsigned links;
    bool from_link; /* the last name comes from a symbolic link */
};

bool trusted_is_foreign(const struct stat *dir, const struct stat *st)
{
    return dir->st_mode & S_ISVTX && dir->st_mode & S_IWOTH && st->st_uid != geteuid() &&
           st->st_uid != dir->st_uid;
}

void trusted_close(struct trusted *t)
{
    if (t->dir >= 0)
        close(t->dir);
    if (t->file >= 0)
        close(t->file);
    t->dir = t->file = -1;
}

static int set_dir(struct trusted *t, int fd)
{
    if (fd < 0)
        return -errno;
    if (t->dir >= 0)
        close(t->dir);
    t->dir = fd;
    return fstat(fd, &t->dir_st) < 0 ? -errno : 0;
}

static int begin(struct trusted *t, const char *path)
{
    return *path ? set_dir(t, open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC)) : -ENOENT;
}

/* Removes the first name from the rest of the path; "." if it is empty. */
static int next_name(struct walk *w, bool *ret_last)
{
    char *from = w->rest + strspn(w->rest, "/"), *end = from + strcspn(from, "/");
    char *more = end + strspn(end, "/");
    size_t len = (size_t)(end - from);

    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(w->t->name, len ? from : ".", len ? len : 1);
    w->t->name[len ? len : 1] = '\0';
    *ret_last = !*more;
    memmove(w->rest, more, strlen(more) + 1);
    return 0;
}

/* Opens through a magic link of /proc whose target has no path, such as a pipe: only the kernel can follow
 * it. */
static int follow_magic(const struct trusted *t)
{
    struct statfs fs;
    struct stat st;
    cleanup_fd int fd = -1;

    if (fstatfs(t->dir, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
        return -1;
    fd = openat(t->dir, t->name, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return -1;
    return steal_fd(&fd);
}

/* Prepends the link's target to the rest of the path. */
static int follow(struct walk *w, int link, const struct stat *st)
{
    char text[PATH_MAX], *joined;
    ssize_t n = readlinkat(link, "", text, sizeof text - 1);

    if (trusted_is_foreign(&w->t->dir_st, st))
        return -EPERM;
    if (n <= 0)
        return n < 0 ? -errno : -ENOENT;
    if (++w->links > LINKS_MAX)
        return -ELOOP;
    text[n] = '\0';
    w->from_link |= !*w->rest;
    if (asprintf(&joined, "%s%s%s", text, *w->rest ? "/" : "", w->rest) < 0)
        return -ENOMEM;
    free(w->rest);
    w->rest = joined;
    return *text == '/' ? begin(w->t, "/") : 0;
}

/* Returns 1 when the walk has arrived. */
static int step(struct walk *w)
{
    struct trusted *t = w->t;
    bool last;
    int r = next_name(w, &last), magic;
    cleanup_fd int fd = -1;
    struct stat st;

    if (r < 0)
        return r;
    fd = openat(t->dir, t->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return last && errno == ENOENT && !w->from_link ? 1 : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    magic = last && S_ISLNK(st.st_mode) ? follow_magic(t) : -1;
    if (S_ISLNK(st.st_mode) && magic < 0)
        return follow(w, fd, &st);
    if (!last)
        return S_ISDIR(st.st_mode) ? set_dir(t, steal_fd(&fd)) : -ENOTDIR;
    t->file = magic >= 0 ? magic : steal_fd(&fd);
    return fstat(t->file, &t->st) < 0 ? -errno : 1;
}

int trusted_find(const char *path, struct trusted *ret)
{
    struct trusted t = TRUSTED_NONE;
    struct walk w = {.t = &t, .rest = strdup(path)};
    int r = w.rest ? begin(&t, path) : -ENOMEM;

    while (r == 0)
        r = step(&w);
    free(w.rest);
    if (r < 0) {
        trusted_close(&t);
        return r;
    }
    *ret = t;
    return 0;
}
