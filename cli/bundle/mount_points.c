/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/mount_points.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/rooted.h"
#include "os/cleanup.h"

struct made {
    int dir; /* parent directory */
    char *name;
    struct stat st;
    struct timespec before[2]; /* times of the parent before the creation, */
    struct timespec after;     /* and its mtime after it */
    struct made *next;         /* created earlier */
};

struct mount_points {
    struct made *last;
};

/* Create a directory or an empty file `name`; an existing name is an error. */
static int make(struct mount_points *m, int dir, const char *name, bool is_dir)
{
    struct stat before, after;
    struct made *new = calloc(1, sizeof *new);

    if (!new)
        return -ENOMEM;
    *new = (struct made){.dir = dir, .name = strdup(name), .next = m->last};
    int r = !new->name || fstat(dir, &before) < 0 ? -1
            : is_dir                              ? mkdirat(dir, name, 0755)
                                                  : mknodat(dir, name, S_IFREG | 0644, 0);
    if (r < 0 || fstatat(dir, name, &new->st, AT_SYMLINK_NOFOLLOW) < 0 || fstat(dir, &after) < 0) {
        free(new->name);
        free(new);
        return -EIO;
    }
    new->before[0] = before.st_atim;
    new->before[1] = before.st_mtim;
    new->after = after.st_mtim;
    m->last = new;
    return 0;
}

/* Walk down `path` and create every missing component. */
static void make_path(struct mount_points *m, int rootfd, const char *path)
{
    cleanup_free char *part = strdup(path);
    size_t len = part ? strlen(part) : 0;
    bool is_dir = len > 0 && part[len - 1] == '/';

    cleanup_fd int at = part ? rooted_open(rootfd, "/", O_RDONLY | O_DIRECTORY) : -1;
    while (len > 1 && part[len - 1] == '/')
        part[--len] = '\0';
    for (char *name = part; at >= 0 && *(name += strspn(name, "/"));) {
        char *end = name + strcspn(name, "/"), rest = *end;
        *end = '\0';
        bool dir = rest || is_dir;
        /* Start at the root each time, so that links resolve within it. */
        int below = rooted_open(rootfd, part, O_PATH);
        if (below == -ENOENT && make(m, at, name, dir) == 0) {
            at = -1; /* owned by m now */
            below = rooted_open(rootfd, part, O_PATH);
        }
        if (at >= 0)
            close(at);
        at = -1;
        if (below >= 0)
            close(below);
        if (below >= 0 && rest)
            at = rooted_open(rootfd, part, O_RDONLY | O_DIRECTORY);
        *end = rest;
        name = end;
    }
}

struct mount_points *mount_points_make(int rootfd, char *const *paths)
{
    struct mount_points *m = calloc(1, sizeof *m);

    for (size_t i = 0; m && paths[i]; i++)
        make_path(m, rootfd, paths[i]);
    return m;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static void remove_one(const struct made *made)
{
    struct stat now, dir;

    if (fstatat(made->dir, made->name, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != made->st.st_ino)
        return;
    if (!S_ISDIR(now.st_mode) && now.st_size > 0)
        return;
    bool untouched = fstat(made->dir, &dir) == 0 && same_time(&dir.st_mtim, &made->after);
    if (unlinkat(made->dir, made->name, S_ISDIR(now.st_mode) ? AT_REMOVEDIR : 0) == 0 && untouched)
        futimens(made->dir, made->before);
}

void mount_points_remove(struct mount_points *m)
{
    while (m && m->last) {
        struct made *made = m->last;
        m->last = made->next;
        remove_one(made);
        close(made->dir);
        free(made->name);
        free(made);
    }
    free(m);
}
