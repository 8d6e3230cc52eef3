/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/copy_inode.h"

#include <sys/stat.h>

#include "indexing/merge_links.h"
#include "os/buf.h"

/* Copies the set of attributes. -EUCLEAN: the layer is damaged. */
static int copy_xattrs(const struct index *ix, const struct index_inode *in, struct index_writer *out,
                       uint64_t *ret)
{
    cleanup_buf struct buf attrs = BUF_INIT;
    struct index_xattr attr;
    uint64_t cursor = 0;
    int r;

    while ((r = index_xattr_next(ix, in, &cursor, &attr)) > 0) {
        r = buf_append(&attrs, &attr, sizeof(attr));
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    return index_writer_xattrs(out, (struct index_xattr *)(void *)attrs.data, attrs.len / sizeof(attr), ret);
}

int copy_inode(const struct merge_layer *layers, uint32_t layer, struct index_inode in,
               struct index_writer *out, uint32_t *ret, struct err *err)
{
    const struct index *ix = layers[layer].index;
    int r = copy_xattrs(ix, &in, out, &in.xattrs);

    if (r == 0 && S_ISLNK(in.mode)) {
        const char *target;
        size_t len;

        r = index_target(ix, &in, &target, &len);
        if (r == 0)
            r = index_writer_text(out, target, len, &in.target);
    }
    if (r < 0)
        return r == -EUCLEAN ? merge_damaged(err, layer) : r;
    in.layer = layer;
    in.flags &= INODE_OWN_FILE;
    return index_writer_inode(out, &in, ret);
}
