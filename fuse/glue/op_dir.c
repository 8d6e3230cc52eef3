/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing directories. A request's cookie is a place in the directory. If live layers may change, an open
 * directory keeps the names of the listing's beginning; else no state is kept.
 */
#include <errno.h>

#include "glue/ops.h"
#include "glue/reply.h"
#include "glue/scratch.h"

/* Larger than any kernel asks for; bounds the allocation of one request. */
#define ANSWER_MAX (1u << 20)

#define UNKNOWN_INO 0xffffffff /* as in libfuse */

struct listing {
    fuse_req_t req;
    struct glue *g;
    uint64_t dir;
    struct un_list *kept; /* NULL: the tree does not change */
    char *buf;
    size_t size, len;
    bool plus;
};

/* The kernel sends one request at a time for an open directory, and none together with its release. */
static struct un_list *kept_of(const struct fuse_file_info *fi)
{
    return (struct un_list *)(uintptr_t)fi->fh; /* NOLINT(performance-no-int-to-ptr) */
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct un_list *kept = NULL;
    int r;

    statistics_add(&g->statistics, COUNT_OPENDIR, 1);
    if (g->no_opendir) {
        reply_error(req, -ENOSYS);
        return;
    }
    r = g->may_refuse ? un_may_list(g->un, ino) : 0;
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    fi->cache_readdir = fi->keep_cache = g->keeps_listings;
    if (!g->keeps_listings && un_list_open(g->un, &kept) < 0) {
        reply_error(req, -ENOMEM);
        return;
    }
    if (kept && g->coherent) {
        bool keep;

        fi->cache_readdir = un_list_share(g->un, ino, kept, &keep);
        fi->keep_cache = keep;
    }
    fi->fh = (uintptr_t)kept;
    /* Not delivered: no RELEASEDIR will come. */
    if (fuse_reply_open(req, fi) == -ENOENT)
        un_list_close(g->un, kept);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    un_list_close(glue_of(req)->un, kept_of(fi));
    reply_error(req, 0);
}

static size_t append(struct listing *l, const struct un_entry *e, const struct fuse_entry_param *param)
{
    char *at = l->buf + l->len;
    size_t room = l->size - l->len;

    if (l->plus)
        return fuse_add_direntry_plus(l->req, at, room, e->name, param, (off_t)e->next);
    return fuse_add_direntry(l->req, at, room, e->name, &param->attr, (off_t)e->next);
}

/* Get number and type of a name whose entry has no number: libc skips entries without one. */
static void ask_number(struct listing *l, const char *name, struct stat *st)
{
    struct stat found;
    uint64_t node;

    if (un_lookup(l->g->un, l->dir, name, &node, &found) < 0)
        return;
    un_forget(l->g->un, node, 1);
    *st = found;
}

/* Add one entry; false if it does not fit. `node`: the entry's file, with a reference for the kernel and the
 * attributes `found`, or 0. An entry that does not fit drops the reference. */
static bool add_entry(struct listing *l, const struct un_entry *e, uint64_t node, const struct stat *found)
{
    struct stat st = {.st_ino = e->ino, .st_mode = e->mode};
    struct fuse_entry_param param;
    size_t need;

    if (node)
        st = *found;
    else if (st.st_ino == 0 && !e->is_dot)
        ask_number(l, e->name, &st);
    param = reply_entry_param(l->g, node, &st);
    if (st.st_ino == 0)
        param.attr.st_ino = UNKNOWN_INO;
    need = append(l, e, &param);
    if (node && need > l->size - l->len)
        un_forget(l->g->un, node, 1);
    if (need > l->size - l->len)
        return false;
    l->len += need;
    return true;
}

/* Get the next entry, for READDIRPLUS with the file. An entry whose lookup fails is listed without: a lookup by
 * name reports the error. */
static int next_entry(struct listing *l, uint64_t cookie, struct un_entry *e, char name[256], uint64_t *node,
                      struct stat *found)
{
    *node = 0;
    if (l->plus)
        return un_entry_found(l->g->un, l->dir, l->kept, cookie, e, name, node, found);
    return un_entry_in(l->g->un, l->dir, l->kept, cookie, e, name);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, const struct fuse_file_info *fi,
                 bool plus)
{
    struct listing l = {.req = req, .g = glue_of(req), .dir = ino, .kept = kept_of(fi), .plus = plus};
    uint64_t cookie = (uint64_t)off, n = 0;
    char name[256];
    int r = l.kept ? un_list_begin(l.g->un, ino, l.kept, cookie) : 0;

    if (r < 0) {
        reply_error(req, r);
        return;
    }
    l.size = size < ANSWER_MAX ? size : ANSWER_MAX;
    l.buf = scratch_get(l.size);
    if (!l.buf) {
        reply_error(req, -ENOMEM);
        return;
    }
    for (;;) {
        struct un_entry e;
        struct stat found;
        uint64_t node;

        r = next_entry(&l, cookie, &e, name, &node, &found);
        if (r <= 0 || !add_entry(&l, &e, node, &found))
            break;
        cookie = e.next;
        n++;
    }
    statistics_add(&l.g->statistics, COUNT_ENTRIES, n);
    /* An error after some entries is reported by the request for the next ones. */
    if (r < 0 && l.len == 0)
        reply_error(req, r);
    else
        reply_bytes(req, l.buf, l.len);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    statistics_add(&glue_of(req)->statistics, COUNT_READDIR, 1);
    list(req, ino, size, off, fi, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    statistics_add(&glue_of(req)->statistics, COUNT_READDIRPLUS, 1);
    list(req, ino, size, off, fi, true);
}
