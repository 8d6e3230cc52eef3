/* SPDX-License-Identifier: Apache-2.0 */
#include "os/disk_usage.h"

#include <errno.h>
#include <fts.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A file with several links, and how many of them were met. */
struct seen {
    ino_t ino;
    uint64_t links;
};

/* Order by inode number: all files are on one file system, so it identifies a file. */
static int by_inode(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;

    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Counts one link of an inode with several; returns their number, or -ENOMEM. */
static int64_t count_link(void **seen, ino_t ino)
{
    struct seen *key = malloc(sizeof *key), **at;

    if (!key)
        return -ENOMEM;
    *key = (struct seen){.ino = ino};
    at = tsearch(key, seen, by_inode);
    if (!at || *at != key)
        free(key);
    return at ? (int64_t)++(*at)->links : -ENOMEM;
}

/* A file counts at its first link, or with `freed` at its last. */
static int add_up(FTS *walk, void **seen, bool freed, uint64_t *ret)
{
    for (FTSENT *e; (e = fts_read(walk));) {
        const struct stat *st = e->fts_statp;
        int64_t links = 1, counts = 1;

        if (e->fts_info == FTS_DP || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            continue;
        if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
            links = count_link(seen, st->st_ino);
            counts = freed ? (int64_t)st->st_nlink : 1;
        }
        if (links < 0)
            return (int)links;
        if (links == counts)
            *ret += (uint64_t)st->st_blocks * 512;
    }
    return 0;
}

static int measure(const char *path, bool freed, uint64_t *ret)
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
    r = add_up(walk, &seen, freed, ret);
    fts_close(walk);
    tdestroy(seen, free);
    return r;
}

int disk_usage(const char *path, uint64_t *ret)
{
    return measure(path, false, ret);
}

int disk_usage_freed(const char *path, uint64_t *ret)
{
    return measure(path, true, ret);
}
