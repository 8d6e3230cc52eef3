/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/patience.h"
#include "tree/stack_overlap.h"

static int open_directory(const char *option, const char *path, int *ret, char **ret_name, struct err *err)
{
    *ret_name = strdup(path);
    if (!*ret_name)
        return err_errno(err, ENOMEM, "%s %s", option, path);
    *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? err_errno(err, errno, "%s %s", option, path) : 0;
}

int branch_dirs_open(const char *upperdir, const char *workdir, struct branch_dirs *ret, struct err *err)
{
    int r = open_directory("upperdir", upperdir, &ret->upper_fd, &ret->upper_name, err);

    return r < 0 || !workdir ? r : open_directory("workdir", workdir, &ret->base_fd, &ret->work_name, err);
}

void branch_dirs_close(struct branch_dirs *d)
{
    if (d->upper_fd >= 0)
        close(d->upper_fd);
    if (d->base_fd >= 0)
        close(d->base_fd);
    free(d->upper_name);
    free(d->work_name);
    *d = (struct branch_dirs)BRANCH_DIRS_NONE;
}

/* ---- what lies where */

static int check_file_system(const struct branch_dirs *d, struct err *err)
{
    struct stat upper, work;

    if (d->base_fd < 0)
        return 0;
    if (fstat(d->upper_fd, &upper) < 0 || fstat(d->base_fd, &work) < 0)
        return err_errno(err, errno, "upperdir and workdir");
    if (upper.st_dev != work.st_dev)
        return err_set(
            err, EXDEV,
            "upperdir %s and workdir %s are not on one file system: what is made in one could not be "
            "renamed to the other",
            d->upper_name, d->work_name);
    /* "." is no name that can be renamed (EBUSY), but mounts are compared before that. */
    if (renameat(d->base_fd, ".", d->upper_fd, ".") < 0 && errno == EXDEV)
        return err_set(
            err, EXDEV,
            "upperdir %s and workdir %s are on one file system, but in two mounts of it: what is made in "
            "one could not be renamed to the other; name both by paths in one mount",
            d->upper_name, d->work_name);
    return 0;
}

/* "lowerdir /a", of the directories in the order of branch_dirs_check. */
static void describe(const struct branch_dirs *d, const struct text_list *names, unsigned i, struct err *ret)
{
    unsigned own = d->base_fd < 0 ? 1 : 2;

    if (i >= own)
        err_set(ret, ELOOP, "lowerdir %s", names->items[i - own]);
    else
        err_set(ret, ELOOP, "%s %s", i ? "workdir" : "upperdir", i ? d->work_name : d->upper_name);
}

int branch_dirs_check(const struct branch_dirs *d, const int *fds, const struct text_list *names,
                      struct err *err)
{
    cleanup_free int *all = calloc(names->n + 2, sizeof(*all));
    unsigned n = 0;
    struct stack_overlap found;
    struct err inner, outer;
    int r = check_file_system(d, err);

    if (r < 0)
        return r;
    if (!all)
        return err_errno(err, ENOMEM, "layers");
    all[n++] = d->upper_fd;
    if (d->base_fd >= 0)
        all[n++] = d->base_fd;
    for (size_t i = 0; i < names->n; i++)
        all[n++] = fds[i];
    /* The tree does not show them (stack_options). */
    r = stack_find_overlap(all, n, d->base_fd < 0 ? 0 : 2, &found);
    if (r <= 0)
        return r < 0 ? err_errno(err, -r, "layers") : 0;
    describe(d, names, found.inner, &inner);
    describe(d, names, found.outer, &outer);
    if (found.same)
        return err_set(err, ELOOP, "%s and %s are the same directory", inner.text, outer.text);
    return err_set(err, ELOOP, "%s lies within %s", inner.text, outer.text);
}

/* ---- locks */

static int lock_one(int fd, int operation, const char *option, const char *name, struct err *err)
{
    struct patience patience = patience_begin();

    int r = fd < 0 ? 0 : flock(fd, operation | LOCK_NB);

    while (r < 0 && errno == EWOULDBLOCK && patience_wait(&patience))
        r = flock(fd, operation | LOCK_NB);
    if (r == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return err_set(err, EBUSY, "%s %s is in use by another mount", option, name);
    return err_errno(err, errno, "cannot lock %s %s", option, name);
}

int branch_dirs_lock(const struct branch_dirs *d, bool shared, struct err *err)
{
    int operation = shared ? LOCK_SH : LOCK_EX;
    int r = lock_one(d->upper_fd, operation, "upperdir", d->upper_name, err);

    return r < 0 ? r : lock_one(d->base_fd, operation, "workdir", d->work_name, err);
}

/* ---- the work directory */

#define WORK     "work"
#define INCOMPAT "incompat"
#define VOLATILE "volatile"

/* Whatever is in there says why nobody may mount this branch as if nothing had been. */
static int check_incompat(const struct branch_dirs *d, int work_fd, struct err *err)
{
    cleanup_dir DIR *dir = NULL;
    const struct dirent *e;
    int r = dir_of(beneath_open(work_fd, INCOMPAT, O_RDONLY | O_DIRECTORY, 0), &dir);

    if (r == -ENOENT)
        return 0;
    e = r == 0 ? dir_next(dir, &r) : NULL;
    if (r < 0)
        return err_errno(err, -r, "workdir %s/" WORK "/" INCOMPAT, d->work_name);
    if (e && strcmp(e->d_name, VOLATILE) == 0)
        return err_set(err, EINVAL,
                       "upperdir %s was mounted volatile, and may lack what was written then if the machine "
                       "has stopped since; if it has not: rm -r %s/" WORK "/" INCOMPAT,
                       d->upper_name, d->work_name);
    if (e)
        return err_set(err, EINVAL, "workdir %s is of a mount with the feature %s, which is not known",
                       d->work_name, e->d_name);
    return 0;
}

int branch_dirs_open_work(const struct branch_dirs *d, struct err *err)
{
    cleanup_fd int fd = -1;
    int r;

    if (mkdirat(d->base_fd, WORK, 0700) < 0 && errno != EEXIST)
        return err_errno(err, errno, "workdir %s", d->work_name);
    fd = beneath_open(d->base_fd, WORK, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return err_errno(err, -fd, "workdir %s/" WORK, d->work_name);
    r = check_incompat(d, fd, err);
    return r < 0 ? r : steal_fd(&fd);
}

/* The mark is all that is durable of a volatile mount: it must still be there after a crash. */
int branch_dirs_mark_volatile(const struct branch_dirs *d, struct err *err)
{
    cleanup_fd int work = beneath_open(d->base_fd, WORK, O_RDONLY | O_DIRECTORY, 0), dir = -1, mark = -1;

    if (work >= 0 && (mkdirat(work, INCOMPAT, 0700) == 0 || errno == EEXIST))
        dir = beneath_open(work, INCOMPAT, O_RDONLY | O_DIRECTORY, 0);
    if (dir >= 0)
        mark = beneath_open(dir, VOLATILE, O_WRONLY | O_CREAT, 0600);
    if (mark < 0 || fsync(mark) < 0 || fsync(dir) < 0 || fsync(work) < 0 || fsync(d->base_fd) < 0)
        return err_errno(err, mark < 0 ? EIO : errno, "cannot mark the branch volatile in workdir %s",
                         d->work_name);
    return 0;
}
