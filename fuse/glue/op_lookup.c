/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "glue/ops.h"
#include "glue/reply.h"

/* Lookups for a file handle (FUSE_EXPORT_SUPPORT): "." is the node, which may be unknown, and ".." its
 * parent. */
static int look(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st)
{
    if (strcmp(name, ".") == 0) {
        *ret_node = dir;
        return un_find(u, dir, ret_st);
    }
    if (strcmp(name, "..") == 0)
        return un_find_parent(u, dir, ret_node, ret_st);
    return un_lookup(u, dir, name, ret_node, ret_st);
}

void op_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
    struct glue *g = glue_of(req);
    struct stat st;
    uint64_t node;
    int r;

    statistics_add(&g->statistics, COUNT_LOOKUP, 1);
    r = look(g->un, dir, name, &node, &st);
    if (r == -ENOENT)
        reply_absent(req);
    else if (r < 0)
        reply_error(req, r);
    else
        reply_node(req, node, &st);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_FORGET, 1);
    un_forget(g->un, ino, n);
    fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_FORGET, count);
    for (size_t i = 0; i < count; i++)
        un_forget(g->un, forgets[i].ino, forgets[i].nlookup);
    fuse_reply_none(req);
}
