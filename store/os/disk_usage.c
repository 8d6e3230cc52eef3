/* SPDX-License-Identifier: Apache-2.0 */
#include "os/disk_usage.h"

#include <errno.h>
#include <fts.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Order by inode number: all files are on one file system, so it identifies a file. */
static int by_inode(const void *a, const void *b)
{
    const ino_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Was an inode with several links counted before? Records it. -ENOMEM without memory. */
static int seen_before(void **seen, ino_t ino)
{
    ino_t *key = malloc(sizeof *key), **at;

    if (!key)
        return -ENOMEM;
    *key = ino;
    at = tsearch(key, seen, by_inode);
    if (!at || *at != key)
        free(key);
    return !at ? -ENOMEM : *at != key;
}

static int add_up(FTS *walk, void **seen, uint64_t *ret)
{
    for (FTSENT *e; (e = fts_read(walk));) {
        const struct stat *st = e->fts_statp;
        int r = 0;

        if (e->fts_info == FTS_DP || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            continue;
        if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
            r = seen_before(seen, st->st_ino);
        if (r < 0)
            return r;
        if (r == 0)
            *ret += (uint64_t)st->st_blocks * 512;
    }
    return 0;
}

int disk_usage(const char *path, uint64_t *ret)
{
    char *copy = (char *)(uintptr_t)path; /* fts_open(3) changes neither */
    char *const paths[] = {copy, NULL};
    void *seen = NULL;
    FTS *walk;
    int r;

    *ret = 0;
    walk = fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    if (!walk)
        return -errno;
    r = add_up(walk, &seen, ret);
    fts_close(walk);
    tdestroy(seen, free);
    return r;
}
