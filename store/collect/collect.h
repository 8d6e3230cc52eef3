/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes from a store what nobody needs: objects that no image of the catalog, no branch and no live mount
 * needs, and what dead processes left. Files that are not mica's are told of and left alone.
 *
 * All is decided with the store's lock held exclusively, and only while no other process has a transaction:
 * one that found a layer in place relies on it until its commit. The catalog is replaced first, durably; then
 * the objects are renamed into a directory under tmp/, and their files removed after the lock was given back.
 * A process that dies in between leaves a store that is whole, and the rest to the next.
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
    uint64_t disk_size; /* bytes on the disk, all of a layer's directory */
};

struct collect_result {
    struct collect_object *objects; /* removed, or to be removed; sorted by kind and digest */
    size_t n;
    struct digest *images; /* entries without a name that went from the catalog */
    size_t n_images;
    char **foreign; /* paths beneath the store, sorted */
    size_t n_foreign;
    size_t leftovers; /* of dead processes */
    uint64_t leftovers_size;
    uint64_t disk_size; /* of all objects and leftovers */
    bool postponed;     /* another process writes to the store: the objects are still there */
};

struct collect_options {
    /* Names that go, and with each the objects that only its image needs. NULL: all images without a name that
     * no branch and no mount needs, and all objects that nobody needs. */
    const struct catalog_drop *drops;
    size_t n_drops;
    bool dry_run;
    bool wait; /* for processes that write to the store; else the result is `postponed` */
    /* Called once before the first wait. Or NULL. */
    void (*waits)(void *ctx);
    void *ctx;
};

/* 0, or a negative errno; -EBUSY: it cannot be known what an image or a mount needs, so nothing was removed.
 * After a failure names may be gone, but no object that is needed. */
int store_collect(struct store *s, const struct collect_options *opt, struct collect_result *ret,
                  struct err *err);
void collect_result_free(struct collect_result *r);

#endif
