/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "branch_claim.h"
#include "os/cleanup.h"
#include "os/user_ns.h"
#include "process.h"
#include "source_branch.h"
#include "source_views.h"
#include "stack/stack_tree.h"

/* ---- directories */

static int open_lowers(const struct text_list *lowers, int *fds, unsigned *ret_n, struct err *err)
{
    for (size_t i = 0; i < lowers->n; i++) {
        int fd = open(lowers->items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            return err_errno(err, errno, "lowerdir %s", lowers->items[i]);
        fds[(*ret_n)++] = fd;
    }
    return 0;
}

/* Adds the upper as the topmost layer, for a mount that only reads it. */
static int push_upper(const struct branch_dirs *d, int *fds, unsigned *n, struct err *err)
{
    int fd = fcntl(d->upper_fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return err_errno(err, errno, "upperdir %s", d->upper_name);
    memmove(fds + 1, fds, *n * sizeof *fds);
    fds[0] = fd;
    (*n)++;
    return 0;
}

static int open_directories(const struct mount_options *o, unsigned max_fds, struct source *ret,
                            struct err *err)
{
    const struct stack_options options = {
        .upper_fd = source_only_reads_upper(o) ? -1 : ret->dirs.upper_fd,
        .work_fd = ret->dirs.base_fd,
        .top_is_upper = o->upperdir && source_only_reads_upper(o),
        .max_fds = max_fds,
        .no_redirects = o->no_redirects,
        .believe_overrides = o->keep_owners,
        .has_timeout = o->has_timeout,
        .timeout = mount_options_for_ever(o) ? INFINITY : o->timeout,
    };
    int fds[MOUNT_OPTIONS_MAX_LOWERS + 1];
    unsigned n = 0;
    int r = open_lowers(&o->lowers, fds, &n, err);

    if (r == 0 && o->upperdir)
        r = branch_dirs_check(&ret->dirs, fds, &o->lowers, err);
    if (r == 0 && o->upperdir && source_only_reads_upper(o))
        r = push_upper(&ret->dirs, fds, &n, err);
    ret->may_refuse = r == 0 && !process_reads_all(fds, n);
    if (r == 0)
        r = stack_tree_new(fds, n, &options, &ret->tree, err);
    for (unsigned i = 0; r < 0 && i < n; i++)
        close(fds[i]);
    return r;
}

/* ---- images */

static int take_lease(struct source *s, const struct mount_options *o, const struct branch_info *what,
                      const char *mountpoint, struct err *err)
{
    cleanup_free char *where = strdup(mountpoint);
    char view[SOURCE_VIEW_MAX];
    struct lease_info info = {
        .mountpoint = where,
        .image = what->image,
        .manifest = what->manifest,
        .chain_id = what->chain_id,
        .branch = o->branch,
        .view = source_view_text(o, view),
        .pid = getpid(),
        .started = time(NULL),
    };

    if (!where)
        return err_errno(err, ENOMEM, "lease");
    /* A read-only store records no readers: report that to the user who mounts. */
    if (!o->branch && !store_is_writable(s->store))
        return 0;
    return lease_take(s->store, &info, &s->lease, err);
}

/* The image under a branch. */
static int find_image(const struct mount_options *o, struct store *s, struct branch_info *ret,
                      struct err *err)
{
    struct image image;
    int r = store_find_image(s, o->image, &image, err);

    if (r < 0)
        return r;
    ret->manifest = image.manifest_digest;
    ret->chain_id = image.chain_id;
    ret->image = image.name;
    image.name = NULL;
    image_free(&image);
    return 0;
}

static int open_image(const struct mount_options *o, const char *mountpoint, unsigned max_fds,
                      struct source *ret, struct branch_info *what, struct err *err)
{
    int r = store_open(o->store, 0, &ret->store, err);

    if (r == 0 && o->image)
        r = find_image(o, ret->store, what, err);
    if (r == 0 && o->branch)
        r = source_hold_branch(o, ret, what, err);
    /* Take the lease first: from then on no object of the tree is removed. */
    if (r == 0)
        r = take_lease(ret, o, what, mountpoint, err);
    if (r == 0)
        r = store_open_tree(ret->store, &what->chain_id, max_fds, &ret->tree, err);
    if (r == 0)
        r = source_views(ret->store, o, max_fds, &ret->tree, err);
    if (r == 0) {
        ret->image = what->image;
        what->image = NULL;
    }
    return r;
}

/* ---- both */

/* Opens the directories of upperdir= and workdir=. */
static int open_dirs(const struct mount_options *o, struct source *ret, struct err *err)
{
    static const struct text_list no_layers = {NULL, 0};
    int r = 0;

    if (o->upperdir)
        r = branch_dirs_open(o->upperdir, source_only_reads_upper(o) ? NULL : o->workdir, &ret->dirs, err);
    if (r == 0 && o->upperdir && o->image)
        r = branch_dirs_check(&ret->dirs, NULL, &no_layers, err);
    return r;
}

int source_open(const struct mount_options *o, const char *mountpoint, unsigned max_fds, struct source *ret,
                struct err *err)
{
    struct branch_info what = {.image = NULL};
    int r, initial = user_ns_is_initial();

    *ret = (struct source){.dirs = BRANCH_DIRS_NONE};
    /* With the wrong kind of marks a branch would show names that were removed in it. */
    if (initial < 0)
        return err_errno(err, -initial, "/proc/self/ns/user");
    what.user_xattrs = o->userxattr || geteuid() != 0 || !initial;
    what.redirect_dir = mount_options_redirect_dir(o);
    what.metacopy = mount_options_metacopy(o);
    what.temporary = o->branch_make == BRANCH_MAKE_TEMPORARY;
    r = open_dirs(o, ret, err);
    if (r == 0)
        r = o->lowers.n > 0 ? open_directories(o, max_fds, ret, err)
                            : open_image(o, mountpoint, max_fds, ret, &what, err);
    if (r == 0)
        r = source_open_branch(o, ret, &what, err);
    if (r < 0) {
        branch_free(ret->branch);
        tree_free(ret->tree);
        source_close(ret);
    }
    branch_info_clear(&what);
    return r;
}

void source_close(struct source *s)
{
    branch_claim_end(&s->dirs);
    branch_dirs_close(&s->dirs);
    /* Drop the lease before removing the branch: removing many files takes time, and processes that wait for
     * the end of the mount need not wait for that. */
    if (s->lease)
        lease_drop(s->lease);
    if (s->discard)
        (void)store_branch_remove(s->hold, NULL); /* a later sweep removes the rest */
    else
        store_branch_release(s->hold);
    store_close(s->store);
    free(s->image);
    *s = (struct source){.dirs = BRANCH_DIRS_NONE};
}
