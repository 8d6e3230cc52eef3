/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes unused objects from a store: those that no image of the catalog, no branch and no live mount needs, and
 * leftovers of dead processes. Reports foreign files and leaves them alone.
 *
 * Decides with the store's lock held exclusively, and only while no other process has a transaction: a transaction
 * that found a layer in the store relies on it until its commit. Replaces the catalog first, durably; then renames
 * the objects into a directory under tmp/, durably, and removes their files after releasing the lock. A process
 * that dies in between leaves a consistent store, and the next collection removes the rest.
 */
#ifndef MICA_COLLECT_COLLECT_H
#define MICA_COLLECT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/catalog_file.h"
#include "disk/object.h"
#include "disk/store.h"
#include "os/err.h"

struct collect_object {
    enum object_kind kind;
    struct digest digest;
    uint64_t disk_size; /* bytes on disk that its removal frees; of a layer, its whole directory */
};

struct collect_result {
    struct collect_object *objects; /* removed, or with dry_run to be removed; sorted by kind and digest */
    size_t n;
    struct digest *images; /* entries without a name removed from the catalog */
    size_t n_images;
    char **foreign; /* paths relative to the store, sorted */
    size_t n_foreign;
    size_t leftovers; /* left by dead processes */
    uint64_t leftovers_size;
    uint64_t packs_size; /* freed in packs of removed layers that other layers share */
    uint64_t disk_size;  /* of all these objects, leftovers and packs */
    bool is_busy;        /* another process writes to the store */
    bool postponed;      /* therefore no object is removed; without drops, no image either */
};

struct collect_options {
    /* Names to remove, and with each the objects that only its image needs. NULL: removes all images without a name
     * that no branch or mount holds, and all unneeded objects. */
    const struct catalog_drop *drops;
    size_t n_drops;
    /* Branches that a dry run takes as removed. Or NULL. */
    const char *const *removed_branches;
    size_t n_removed_branches;
    bool dry_run;
    bool wait; /* for other processes' transactions; without it the result is `postponed` */
    /* Called once before the first wait. NULL: no call. */
    void (*waits)(void *ctx);
    void *ctx;
};

/* 0, or a negative errno. -EBUSY: an image's or a mount's needs are unknown, so nothing is removed. After a failure
 * names may be removed, but no object that is needed. */
int store_collect(struct store *s, const struct collect_options *opt, struct collect_result *ret,
                  struct err *err);
void collect_result_free(struct collect_result *r);

#endif
