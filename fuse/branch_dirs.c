/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "stack/stack_overlap.h"

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

/* ---- positions */

static int check_file_system(const struct branch_dirs *d, struct err *err)
{
    struct stat upper, work;

    if (d->base_fd < 0)
        return 0;
    if (fstat(d->upper_fd, &upper) < 0 || fstat(d->base_fd, &work) < 0)
        return err_errno(err, errno, "upperdir and workdir");
    if (upper.st_dev != work.st_dev)
        return err_set(err, EXDEV,
                       "upperdir %s and workdir %s are on different file systems: a file in one could not be "
                       "renamed to the other",
                       d->upper_name, d->work_name);
    /* rename(2) of "." always fails (EBUSY), but the kernel compares the mounts first. */
    if (renameat(d->base_fd, ".", d->upper_fd, ".") < 0 && errno == EXDEV)
        return err_set(err, EXDEV,
                       "upperdir %s and workdir %s are in two mounts of a file system: a file in "
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
    /* The tree hides them (stack_options). */
    r = stack_find_overlap(all, n, d->base_fd < 0 ? 1 : 2, &found);
    if (r <= 0)
        return r < 0 ? err_errno(err, -r, "layers") : 0;
    describe(d, names, found.inner, &inner);
    describe(d, names, found.outer, &outer);
    if (found.same)
        return err_set(err, ELOOP, "%s and %s are the same directory", inner.text, outer.text);
    return err_set(err, ELOOP, "%s lies within %s", inner.text, outer.text);
}
