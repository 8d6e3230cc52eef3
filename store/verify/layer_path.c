/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/layer_path.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* Finds one name of an inode, and the name's directory. */
static bool find_name(const struct index *ix, uint64_t inode, uint64_t *ret_dir, struct index_name *ret)
{
    for (uint64_t dir = 1; dir <= index_inodes(ix); dir++) {
        struct index_inode in;
        struct index_run run;

        if (index_inode(ix, dir, &in) < 0 || !S_ISDIR(in.mode) || index_run(ix, dir, &run) < 0)
            continue;
        for (uint64_t i = 0; index_entry(ix, &run, i, ret) > 0; i++) {
            if (ret->inode != inode)
                continue;
            *ret_dir = dir;
            return true;
        }
    }
    return false;
}

void layer_path_of(const struct index *ix, uint64_t inode, char ret[LAYER_PATH_MAX])
{
    char text[LAYER_PATH_MAX];
    size_t at = sizeof text - 1;

    text[at] = '\0';
    while (inode != INDEX_ROOT) {
        struct index_name name;
        uint64_t dir;

        if (!find_name(ix, inode, &dir, &name)) {
            memcpy(ret, "?", 2);
            return;
        }
        if (name.len + 1 > at)
            break;
        at -= name.len;
        memcpy(text + at, name.name, name.len);
        text[--at] = '/';
        inode = dir;
    }
    memcpy(ret, text + at, sizeof text - at);
}
