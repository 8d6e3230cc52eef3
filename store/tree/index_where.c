/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an inode of a tree to its first name.
 *
 * Inodes and names are both numbered breadth first, and an inode gets its number from its first name. So the
 * first name of inode i is name i - 2, plus one for each additional (second, third, ...) name of any inode
 * before it. The total of additional names is known, their positions are not, so the search covers that many
 * names, and never leaves the parent directory's run.
 */
#include <errno.h>

#include "tree/index_where.h"

int index_where(const struct index *ix, uint64_t inode, uint64_t *ret_dir, struct index_name *ret)
{
    uint64_t names = index_names(ix), firsts = index_inodes(ix) - 1, at, end;
    struct index_inode in;
    struct index_run dir;

    if (index_inode(ix, inode, &in) < 0)
        return -EUCLEAN;
    if (inode == INDEX_ROOT)
        return -EINVAL;
    if (index_kind(ix) != INDEX_TREE || names < firsts || index_run(ix, in.parent, &dir) < 0)
        return -EUCLEAN;
    at = inode - 2;
    end = at + (names - firsts) + 1;
    if (at < dir.first)
        at = dir.first;
    if (end > dir.first + dir.entries)
        end = dir.first + dir.entries;
    for (; at < end; at++) {
        struct index_name name;

        if (index_name(ix, at, &name) < 0)
            return -EUCLEAN;
        if (name.inode == inode) {
            *ret_dir = in.parent;
            *ret = name;
            return 0;
        }
    }
    return -EUCLEAN;
}
