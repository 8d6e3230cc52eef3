/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the upper directory, one directory after the other, by their paths: those of a container's own
 * changes are few, and a fresh one has none.
 */
#include "union/foreign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/whiteout.h"
#include "union/branch.h"

static const char made_by_branch_open[] = "../mica-links";

struct walk {
    int upper_fd;
    const char *mark; /* the attribute of opaque directories */
    char **paths;     /* of directories that are still to be looked at */
    size_t n, max;
};

static int push(struct walk *w, const char *above, const char *name)
{
    size_t len = strlen(above) + strlen(name) + 2, max = w->max ? w->max * 2 : 16;

    if (w->n == w->max) {
        char **grown = reallocarray(w->paths, max, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        w->paths = grown;
        w->max = max;
    }
    w->paths[w->n] = malloc(len);
    if (!w->paths[w->n])
        return -ENOMEM;
    stpcpy(stpcpy(stpcpy(w->paths[w->n++], above), "/"), name);
    return 0;
}

static int set_opaque(const struct walk *w, int fd)
{
    return fsetxattr(fd, w->mark, "y", 1, 0) < 0 ? -errno : 0;
}

/* NAME of `.wh.NAME`: gone below, and nothing of what has the name now is merged with it. */
static int hide_below(const struct walk *w, int dirfd, const char *name)
{
    cleanup_fd int fd = -1;
    int r = branch_whiteout_alone(dirfd, name);

    if (r != -EEXIST)
        return r;
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
    return set_opaque(w, fd);
}

static int translate(const struct walk *w, int dirfd, const char *name)
{
    const char *removed;
    int r;

    switch (whiteout_name(name, strlen(name), &removed)) {
    case WHITEOUT_NAME_REMOVES:
        r = hide_below(w, dirfd, removed);
        break;
    case WHITEOUT_NAME_OPAQUE:
        r = set_opaque(w, dirfd);
        break;
    default:
        return 0;
    }
    /* Not before what takes its place is there. */
    return r == 0 && unlinkat(dirfd, name, 0) < 0 ? -errno : r;
}

static bool is_directory(int dirfd, const struct dirent *e)
{
    struct stat st;

    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int take_over_names(struct walk *w, int fd, const char *path)
{
    cleanup_dir DIR *dir = NULL;
    int r = dir_reopen(fd, &dir);

    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &r));)
        r = is_directory(fd, e) ? push(w, path, e->d_name) : translate(w, fd, e->d_name);
    return r;
}

static int take_over_directory(struct walk *w, const char *path)
{
    cleanup_fd int fd = beneath_open(w->upper_fd, path, O_RDONLY | O_DIRECTORY, 0);
    struct stat st;
    char value;
    int r;

    if (fd == -ENAMETOOLONG) /* fuse-overlayfs, which opens by paths as well, has not been there */
        return 0;
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    r = take_over_names(w, fd, path);
    if (r == 0 && fgetxattr(fd, "user.fuseoverlayfs.opaque", &value, 1) == 1 && value == 'y')
        r = set_opaque(w, fd);
    if (r == 0 && futimens(fd, (const struct timespec[]){st.st_atim, st.st_mtim}) < 0)
        r = -errno;
    return r;
}

int foreign_take_over(int upper_fd, int work_fd, bool user_xattrs)
{
    struct walk w = {.upper_fd = upper_fd,
                     .mark = user_xattrs ? "user.overlay.opaque" : "trusted.overlay.opaque"};
    int r;

    if (faccessat(work_fd, made_by_branch_open, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    r = take_over_directory(&w, ".");
    while (w.n > 0) {
        char *path = w.paths[--w.n];

        if (r == 0)
            r = take_over_directory(&w, path);
        free(path);
    }
    free(w.paths);
    return r;
}
