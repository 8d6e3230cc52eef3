/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_overlap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "os/cleanup.h"

struct root {
    dev_t dev;
    ino_t ino;
    unsigned layer; /* index, 0 is the topmost */
};

static int by_inode(const void *a, const void *b)
{
    const struct root *x = a, *y = b;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static bool same(const struct root *x, const struct root *y)
{
    return by_inode(x, y) == 0;
}

static int identify(int fd, struct root *ret)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    ret->dev = st.st_dev;
    ret->ino = st.st_ino;
    return 0;
}

/* Climb from a layer to the root of its file system, or as far as permitted, and return the layer met; NULL
 * for none. */
static const struct root *layer_above(int fd, struct root at, const struct root *sorted, unsigned n,
                                      unsigned n_beneath)
{
    bool beneath = at.layer < n_beneath;
    cleanup_fd int here = -1;
    for (;;) {
        int up = openat(here < 0 ? fd : here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (up < 0)
            return NULL;
        if (here >= 0)
            close(here);
        here = up;
        struct root above = at;
        if (identify(here, &above) < 0 || above.dev != at.dev || same(&above, &at))
            return NULL;
        at = above;
        const struct root *found = bsearch(&at, sorted, n, sizeof(*sorted), by_inode);
        if (found && !(beneath && found->layer >= n_beneath))
            return found;
    }
}

/* Search with the directories sorted by inode. */
static bool find_sorted(const int *fds, const struct root *sorted, unsigned n, unsigned n_beneath,
                        struct stack_overlap *ret)
{
    for (unsigned i = 1; i < n; i++)
        if (same(&sorted[i - 1], &sorted[i])) {
            *ret = (struct stack_overlap){sorted[i - 1].layer, sorted[i].layer, true};
            return true;
        }
    for (unsigned i = 0; i < n; i++) {
        const struct root *above = layer_above(fds[sorted[i].layer], sorted[i], sorted, n, n_beneath);
        if (above) {
            *ret = (struct stack_overlap){sorted[i].layer, above->layer, false};
            return true;
        }
    }
    return false;
}

int stack_find_overlap(const int *fds, unsigned n, unsigned n_beneath, struct stack_overlap *ret)
{
    cleanup_free struct root *sorted = calloc(n, sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++) {
        int r = identify(fds[i], &sorted[i]);
        if (r < 0)
            return r;
        sorted[i].layer = i;
    }
    qsort(sorted, n, sizeof(*sorted), by_inode);
    return find_sorted(fds, sorted, n, n_beneath, ret);
}

int stack_check_overlap(const int *fds, unsigned n, unsigned n_beneath, struct err *err)
{
    struct stack_overlap found;
    int r = stack_find_overlap(fds, n, n_beneath, &found);
    if (r <= 0)
        return r < 0 ? err_errno(err, -r, "layers") : 0;
    if (found.same)
        return err_set(err, ELOOP, "layers %u and %u, counted from the top, are the same directory",
                       found.inner + 1, found.outer + 1);
    return err_set(err, ELOOP, "layer %u, counted from the top, lies within layer %u", found.inner + 1,
                   found.outer + 1);
}
