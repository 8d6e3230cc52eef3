/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an inode of a tree to its first name.
 *
 * Both inodes and names are numbered breadth first, and an inode has its number from its first name. So the
 * first name of inode i is name i - 2, and one further for each name before it that is the second, third, ...
 * of some inode. How many of those there are in all is known; where they are is not, so the name is searched
 * for among that many, and never outside of its directory.
 */
#include <errno.h>

#include "tree/index.h"

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
