/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "branch_work.h"
#include "changes_layer.h"
#include "disk/store.h"
#include "os/beneath.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "process.h"
#include "source_branch.h"
#include "tree/index.h"
#include "union/branch_look.h"
#include "union/branch_marks.h"

#define FLUSH_AT (64u << 10)

struct look {
    struct store *store;
    struct branch_hold *hold;
    struct branch_info info;
    struct un *un;
    struct changes_ids ids;
};

static void look_done(struct look *l)
{
    un_free(l->un);
    branch_info_clear(&l->info);
    store_branch_release(l->hold);
    store_close(l->store);
}

/* Returns the branch's own, or none for a branch that was never mounted and so has no changes. */
static int open_branch(struct look *l, struct branch **ret, struct err *err)
{
    cleanup_fd int upper = store_branch_open_upper(l->hold, err);
    cleanup_fd int base = upper < 0 ? -1 : store_branch_open_work(l->hold, err);
    cleanup_fd int work = base < 0 ? base : branch_work_find(base);
    struct branch_config config = {
        .upper_fd = upper,
        .work_fd = work,
        .base_fd = base,
        .user_xattrs = l->info.user_xattrs,
        .redirect_dir = l->info.redirect_dir,
        .metacopy = l->info.metacopy,
        .override = l->info.keeps_owners,
        .own_files = !l->info.keeps_owners,
    };
    struct branch *b;
    uint64_t ino;
    int r;

    *ret = NULL;
    if (upper < 0 || base < 0)
        return -EIO;
    if (work < 0)
        return work == -ENOENT ? 0 : err_errno(err, -work, "the work directory of the branch");
    r = branch_open_to_look(&config, &b, err);
    if (r < 0)
        return r;
    steal_fd(&upper);
    steal_fd(&work);
    r = branch_kept_ino(b, (struct where){b->config.upper_fd, "."}, &ino);
    if (r == 0 && ino != 0) {
        *ret = b;
        return 0;
    }
    branch_free(b);
    return r < 0 ? err_errno(err, -r, "the upper directory of the branch") : 0;
}

static int open_union(struct look *l, struct err *err)
{
    struct branch *b = NULL;
    struct tree *tree;
    int r = store_open_tree(l->store, &l->info.chain_id, process_cache_files(), &tree, err);

    if (r < 0)
        return r;
    r = open_branch(l, &b, err);
    if (r == 0)
        r = un_new(tree, b, &l->un, err);
    if (r < 0) {
        branch_free(b);
        tree_free(tree);
    }
    return r;
}

/* ---- the list */

static int flush(struct buf *b, int out, size_t at_least)
{
    int r = b->len > at_least ? fd_write(out, b->data, b->len) : 0;

    if (b->len > at_least)
        b->len = 0;
    return r;
}

static int write_list(const struct changes *c, int out, struct err *err)
{
    static const char letters[] = {
        [CHANGE_NONE] = 0, [CHANGE_ADDED] = 'A', [CHANGE_CHANGED] = 'C', [CHANGE_DELETED] = 'D'};
    cleanup_buf struct buf text = BUF_INIT;
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->n; i++) {
        const struct change *x = &c->list[i];

        if (x->kind == CHANGE_NONE)
            continue;
        r = buf_printf(&text, "%c %" PRIo32 " %" PRIu64 " /%s", letters[x->kind], x->mode, x->size, x->path);
        if (r == 0)
            r = buf_append(&text, "", 1);
        if (r == 0)
            r = flush(&text, out, FLUSH_AT);
    }
    if (r == 0)
        r = buf_append(&text, "", 1);
    if (r == 0)
        r = flush(&text, out, 0);
    return r < 0 ? err_errno(err, -r, "cannot list the changes") : 0;
}

/* ---- everything */

static int tell(struct look *l, enum changes_form form, bool live, int out, unsigned *ret_left_out,
                struct err *err)
{
    struct changes c;
    enum changes_base base = form == CHANGES_WHOLE ? CHANGES_SINCE_NOTHING : CHANGES_SINCE_TREE;
    int r = changes_find(l->un, base, live, &c, err);

    if (r < 0)
        return r;
    if (form == CHANGES_LIST)
        r = write_list(&c, out, err);
    else if (c.n > 0)
        r = changes_write_layer(l->un, &c, l->info.keeps_owners && l->ids.uids->n ? &l->ids : NULL, out,
                                ret_left_out, err);
    changes_free(l->un, &c);
    return r;
}

/* An unreadable file has vanished if others may have changed the branch meanwhile; otherwise it is
 * damaged. */
static int tell_list(struct look *l, int out, struct err *err)
{
    unsigned none;
    bool live = store_branch_is_held(l->hold);
    int r = tell(l, CHANGES_LIST, live, out, &none, err);

    return r < 0 && !live && store_branch_is_held(l->hold) ? tell(l, CHANGES_LIST, true, out, &none, err) : r;
}

int changes_tell(const struct mount_options *o, enum changes_form form, int out, unsigned *ret_left_out,
                 struct err *err)
{
    struct look l = {.ids = {&o->uids, &o->gids}};
    int r = index_guard_install();

    *ret_left_out = 0;
    if (r < 0)
        return err_errno(err, -r, "signal handler");
    r = store_open(o->store, 0, &l.store, err);
    if (r == 0)
        r = store_branch_look(l.store, o->branch, &l.hold, err);
    if (r == 0)
        r = store_branch_info(l.hold, &l.info, err);
    if (r == 0)
        r = source_check_marks(o->branch, &l.info, err);
    if (r == 0)
        r = open_union(&l, err);
    if (r == 0)
        r = form == CHANGES_LIST ? tell_list(&l, out, err) : tell(&l, form, false, out, ret_left_out, err);
    look_done(&l);
    return r;
}
