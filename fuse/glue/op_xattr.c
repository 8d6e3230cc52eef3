/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "glue/ops.h"
#include "glue/reply.h"
#include "glue/scratch.h"

#define VALUE_MAX 65536 /* XATTR_SIZE_MAX and XATTR_LIST_MAX */

static bool may_see_trusted(fuse_req_t req)
{
    return glue_of(req)->show_trusted && fuse_req_ctx(req)->uid == 0;
}

/* `size` 0 asks for the length alone. */
static void reply_value(fuse_req_t req, ssize_t n, size_t size, const void *value)
{
    if (n < 0)
        reply_error(req, (int)n);
    else if (size == 0)
        fuse_reply_xattr(req, (size_t)n);
    else
        reply_bytes(req, value, (size_t)n);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    struct glue *g = glue_of(req);
    size_t room = size < VALUE_MAX ? size : VALUE_MAX;
    void *value = scratch_get(room);

    statistics_add(&g->statistics, COUNT_GETXATTR, 1);
    if (room > 0 && !value)
        reply_error(req, -ENOMEM);
    else
        reply_value(req, un_getxattr(g->un, ino, name, value, room, may_see_trusted(req)), room, value);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    struct glue *g = glue_of(req);
    size_t room = size < VALUE_MAX ? size : VALUE_MAX;
    char *names = scratch_get(room);

    statistics_add(&g->statistics, COUNT_LISTXATTR, 1);
    if (room > 0 && !names)
        reply_error(req, -ENOMEM);
    else
        reply_value(req, un_listxattr(g->un, ino, names, room, may_see_trusted(req)), room, names);
}
