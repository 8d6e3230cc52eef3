/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/transaction.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/places.h"

#define CHUNK     (256u << 10)
#define NEW_NAME  "pack" /* in the transaction's directory */
#define LINK_NAME "link"

struct compaction {
    struct store *s;
    struct tx *tx;
    const struct orphan *orphan;
    int fresh; /* the new pack */
};

static bool is_the_pack(const struct orphan *o, const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_ino == o->ino && st->st_dev == o->dev;
}

static int copy_range(int from, int to, uint64_t at, uint64_t end)
{
    cleanup_free char *buf = malloc(CHUNK);

    if (!buf)
        return -ENOMEM;
    while (at < end) {
        size_t len = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        ssize_t n = fd_pread(from, buf, len, at);
        int r = n < 0 ? (int)n : n == 0 ? 0 : fd_pwrite(to, buf, (size_t)n, at);

        if (r < 0)
            return r;
        if ((size_t)n < len)
            return 0; /* the end of the pack, in its last page */
        at += len;
    }
    return 0;
}

/* Copies the needed pages, and makes them durable: they replace durable ones. */
static int fill(struct compaction *c, int old)
{
    const struct orphan *o = c->orphan;
    struct stat st;
    int r = fstat(old, &st) < 0 ? -errno : is_the_pack(o, &st) ? 0 : -ESTALE;

    for (size_t i = 0; r == 0 && i < o->n_needed; i++)
        r = copy_range(old, c->fresh, o->needed[i].from, o->needed[i].to);
    if (r == 0 && (ftruncate(c->fresh, st.st_size) < 0 || fchmod(c->fresh, st.st_mode & 0777) < 0 ||
                   fsync(c->fresh) < 0))
        r = -errno;
    return r;
}

static int open_packs(const struct compaction *c, const struct orphan_link *l, int *ret_layer)
{
    *ret_layer = object_open(c->s, OBJECT_LAYER, &l->layer, NULL, NULL);
    return *ret_layer < 0 ? *ret_layer : beneath_open(*ret_layer, "packs", O_RDONLY | O_DIRECTORY, 0);
}

/* Is this still the pack, and has the new one all that the layer needs? The layer may have been replaced. */
static bool suits(const struct compaction *c, const struct orphan_link *l, int layer, int packs,
                  const char *name)
{
    cleanup_free struct needed_range *needed = NULL;
    struct stat st;
    size_t n = 0;

    if (fstatat(packs, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_the_pack(c->orphan, &st) ||
        orphans_needed(layer, l->pack, &needed, &n) < 0)
        return false;
    n = orphans_merge(needed, n);
    for (size_t i = 0; i < n; i++)
        if (!orphans_cover(c->orphan->needed, c->orphan->n_needed, &needed[i]))
            return false;
    return true;
}

/* Gives one layer the new pack. Works in the directory that was examined, whatever name it has by now. */
static int replace_link(const struct compaction *c, const struct orphan_link *l)
{
    cleanup_fd int layer = -1;
    cleanup_fd int packs = open_packs(c, l, &layer);
    char name[PLACES_PATH_MAX];

    snprintf(name, sizeof name, "%" PRIu32, l->pack);
    if (packs < 0 || !suits(c, l, layer, packs, name))
        return 0;
    if (linkat(tx_fd(c->tx), NEW_NAME, tx_fd(c->tx), LINK_NAME, 0) < 0 ||
        renameat(tx_fd(c->tx), LINK_NAME, packs, name) < 0 || fsync(packs) < 0)
        return -errno;
    return 0;
}

static int open_old(const struct compaction *c)
{
    const struct orphan_link *l = &c->orphan->links[0];
    cleanup_fd int layer = -1;
    cleanup_fd int packs = open_packs(c, l, &layer);
    char name[PLACES_PATH_MAX];

    snprintf(name, sizeof name, "%" PRIu32, l->pack);
    return packs < 0 ? packs : beneath_open(packs, name, O_RDONLY | O_NONBLOCK, 0);
}

static int compact_one(struct compaction *c, uint64_t *ret_freed)
{
    cleanup_fd int old = open_old(c);
    struct stat st;
    int r = old;

    if (old < 0)
        return old;
    c->fresh = openat(tx_fd(c->tx), NEW_NAME, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    r = c->fresh < 0 ? -errno : fill(c, old);
    for (size_t i = 0; r == 0 && i < c->orphan->n_links; i++)
        r = replace_link(c, &c->orphan->links[i]);
    if (r == 0 && fstat(c->fresh, &st) == 0 && (uint64_t)st.st_blocks * 512 < c->orphan->disk_size)
        *ret_freed += c->orphan->disk_size - (uint64_t)st.st_blocks * 512;
    if (c->fresh >= 0)
        close(c->fresh);
    if (unlinkat(tx_fd(c->tx), NEW_NAME, 0) < 0 && errno != ENOENT && r == 0)
        r = -errno;
    return r == -ESTALE ? 0 : r;
}

int compact_packs(struct store *s, uint64_t *ret_freed, struct err *err)
{
    struct compaction c = {.s = s};
    struct orphans all;
    int r = tx_begin(s, &c.tx, err);

    if (r < 0)
        return r;
    /* The transaction keeps the layers. */
    r = orphans_find(s, NULL, 0, &all);
    for (size_t i = 0; r == 0 && i < all.n; i++) {
        c.orphan = &all.all[i];
        if (c.orphan->pays)
            r = compact_one(&c, ret_freed);
    }
    orphans_free(&all);
    tx_abort(c.tx);
    return r < 0 ? err_errno(err, -r, "cannot make packs of layers smaller in the store %s", s->path) : 0;
}
