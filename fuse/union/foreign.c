/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walk the upper directory, one directory at a time by its path: few directories have a container's changes,
 * and a fresh branch has none. A first walk looks for anything to do; most end there.
 */
#include "union/foreign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/whiteout.h"
#include "union/branch.h"
#include "union/foreign_form.h"

#define LIST_MAX 65536 /* the kernel's limit */

struct walk {
    int upper_fd;
    bool user_xattrs;
    char **paths; /* of directories still to be visited */
    size_t n, max;
    char *list;  /* for names of attributes */
    bool proved; /* proof found that fuse-overlayfs has written here */
    bool marks;  /* a directory has fuse-overlayfs's mark */
    char *found; /* path of the first file that has its form */
};

typedef int visit_fn(struct walk *w, int fd, const char *path);

static char *join(const char *above, const char *name)
{
    char *path = malloc(strlen(above) + strlen(name) + 2);

    if (path)
        stpcpy(stpcpy(stpcpy(path, above), "/"), name);
    return path;
}

static int push(struct walk *w, const char *above, const char *name)
{
    size_t max = w->max ? w->max * 2 : 16;

    if (w->n == w->max) {
        char **grown = reallocarray(w->paths, max, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        w->paths = grown;
        w->max = max;
    }
    w->paths[w->n] = join(above, name);
    return w->paths[w->n] ? (w->n++, 0) : -ENOMEM;
}

static int visit_at(struct walk *w, const char *path, visit_fn *visit)
{
    cleanup_fd int fd = beneath_open(w->upper_fd, path, O_RDONLY | O_DIRECTORY, 0);

    if (fd == -ENAMETOOLONG) /* too deep for fuse-overlayfs, which opens by paths as well */
        return 0;
    return fd < 0 ? fd : visit(w, fd, path);
}

/* Visit every directory, until the callback fails or returns 1. */
static int walk(struct walk *w, visit_fn *visit)
{
    int r = visit_at(w, ".", visit);

    while (w->n > 0) {
        char *path = w->paths[--w->n];

        if (r == 0)
            r = visit_at(w, path, visit);
        free(path);
    }
    return r < 0 ? r : 0;
}

/* ---- looking */

static bool is_directory(int dirfd, const struct dirent *e)
{
    struct stat st;

    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* List the names of a file's attributes into w->list; none if the file cannot have any. */
static ssize_t list_attributes(const struct walk *w, struct where at)
{
    ssize_t n = where_listxattr(at, w->list, LIST_MAX);

    return n == -EOPNOTSUPP || n == -EACCES ? 0 : n;
}

/* Parse a directory entry, if fuse-overlayfs can have made it. */
static int read_form(struct walk *w, int dirfd, const char *name, const char **ret_removed)
{
    struct stat st;
    ssize_t n;
    int form;

    if (strncmp(name, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN) != 0)
        return FOREIGN_NONE;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    form = (int)foreign_form(name, &st, ret_removed);
    n = form == FOREIGN_NONE ? 0 : list_attributes(w, (struct where){dirfd, name});
    return n < 0 ? (int)n : foreign_attributes_none(w->list, (size_t)n) ? form : FOREIGN_NONE;
}

static bool is_marked(int fd, const char *attr)
{
    char value;

    return where_getxattr((struct where){fd, NULL}, attr, &value, 1) == 1 && value == 'y';
}

static int look_at_directory(struct walk *w, int fd, const char *path)
{
    cleanup_dir DIR *dir = NULL;
    ssize_t n = list_attributes(w, (struct where){fd, NULL});
    int r = n < 0 ? (int)n : dir_reopen(fd, &dir);

    if (n > 0 && foreign_attributes_prove(w->list, (size_t)n))
        w->proved = true;
    if (is_marked(fd, "user.fuseoverlayfs.opaque"))
        w->marks = true;
    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        int form = FOREIGN_NONE;

        if (is_directory(fd, e))
            r = push(w, path, e->d_name);
        else
            form = read_form(w, fd, e->d_name, NULL);
        if (form > FOREIGN_NONE && !w->found && !(w->found = join(path, e->d_name)))
            r = -ENOMEM;
        if (form == FOREIGN_OPAQUE &&
            (is_marked(fd, "trusted.overlay.opaque") || is_marked(fd, "user.overlay.opaque")))
            w->proved = true;
        if (form < 0)
            r = form;
    }
    return r;
}

/* Does a file have an attribute that fuse-overlayfs sets on copy-up? */
static int look_for_proof(struct walk *w, int fd, const char *path)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));) {
        ssize_t n = 0;

        if (is_directory(fd, e))
            r = push(w, path, e->d_name);
        else
            n = list_attributes(w, (struct where){fd, e->d_name});
        if (n > 0 && foreign_attributes_prove(w->list, (size_t)n))
            r = w->proved = true;
        else if (n < 0)
            r = (int)n;
    }
    return r;
}

/* ---- translating */

static int set_mark(const struct walk *w, int fd, const char *mark)
{
    char name[48];

    stpcpy(stpcpy(name, w->user_xattrs ? "user.overlay." : "trusted.overlay."), mark);
    return where_setxattr((struct where){fd, NULL}, name, "y", 1, 0);
}

/* Translate `.wh.NAME`: NAME is hidden below, and a present NAME is not merged. */
static int hide_below(const struct walk *w, int dirfd, const char *name)
{
    cleanup_fd int fd = -1;
    int r = mknodat(dirfd, name, S_IFCHR, 0) < 0 ? -errno : 0;

    if (r != -EEXIST)
        return r;
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
    r = set_mark(w, fd, "opaque");
    return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* Write an entry in the kernel's form, or (`remove`) remove it after that. 1 when there was something to
 * do. */
static int translate(struct walk *w, int dirfd, const char *name, bool remove)
{
    const char *removed = NULL;
    int form = read_form(w, dirfd, name, &removed), r;

    if (form <= FOREIGN_NONE)
        return form;
    if (remove)
        r = unlinkat(dirfd, name, 0) < 0 ? -errno : 0;
    else
        r = form == FOREIGN_OPAQUE ? set_mark(w, dirfd, "opaque") : hide_below(w, dirfd, removed);
    return r < 0 ? r : 1;
}

static int translate_names(struct walk *w, int fd, const char *path, bool remove)
{
    cleanup_dir DIR *dir = NULL;
    bool any = false;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r >= 0 && (e = dir_next(dir, &r));) {
        if (!is_directory(fd, e))
            r = translate(w, fd, e->d_name, remove);
        else if (!remove)
            r = push(w, path, e->d_name);
        any |= r > 0;
    }
    return r < 0 ? r : any;
}

static int translate_directory(struct walk *w, int fd, const char *path)
{
    struct stat st;
    int r = fstat(fd, &st) < 0 ? -errno : translate_names(w, fd, path, false);
    bool names = r > 0;

    if (r >= 0 && is_marked(fd, "user.fuseoverlayfs.opaque"))
        r = set_mark(w, fd, "opaque");
    if (r >= 0 && names && fsync(fd) < 0)
        r = -errno;
    if (r >= 0 && names)
        r = translate_names(w, fd, path, true);
    if (r >= 0 && futimens(fd, (const struct timespec[]){st.st_atim, st.st_mtim}) < 0)
        r = -errno;
    return r < 0 ? r : 0;
}

/* ---- notes */

#define MARK_NAMES "mica.names"

static bool is_noted(const struct walk *w, int work_fd)
{
    return is_marked(w->upper_fd,
                     w->user_xattrs ? "user.overlay." MARK_NAMES : "trusted.overlay." MARK_NAMES) &&
           faccessat(work_fd, FOREIGN_NOTE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Without the note the walk is repeated at the next mount. */
static void note(const struct walk *w, int work_fd)
{
    int fd = set_mark(w, w->upper_fd, MARK_NAMES) < 0
                 ? -1
                 : openat(work_fd, FOREIGN_NOTE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
}

static int take_over(struct walk *w)
{
    int r = walk(w, look_at_directory);

    if (r == 0 && w->found && !w->proved)
        r = walk(w, look_for_proof);
    if (r == 0 && (w->marks || (w->found && w->proved)))
        r = walk(w, translate_directory);
    return r;
}

int foreign_take_over(int upper_fd, int work_fd, bool user_xattrs, char **ret_unproved)
{
    struct walk w = {.upper_fd = upper_fd, .user_xattrs = user_xattrs};
    int r;

    *ret_unproved = NULL;
    if (is_noted(&w, work_fd))
        return 0;
    w.list = malloc(LIST_MAX);
    r = w.list ? take_over(&w) : -ENOMEM;
    if (r == 0 && w.found && !w.proved)
        *ret_unproved = steal_ptr(&w.found);
    else if (r == 0)
        note(&w, work_fd);
    free(w.found);
    free(w.list);
    free(w.paths);
    return r;
}
