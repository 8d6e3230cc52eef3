/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory under tmp/, locked by its process, in which objects are made; commit makes them durable (one
 * syncfs), renames them into place and last replaces index.json. What another process put there first stays
 * and ours is dropped. Leftovers of dead processes are removed when a transaction begins. Safe from several
 * threads between begin and commit.
 */
#ifndef MICA_DISK_TRANSACTION_H
#define MICA_DISK_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "disk/catalog.h"
#include "disk/object.h"
#include "image/digest.h"
#include "image/manifest.h"
#include "os/err.h"

struct store;
struct tx;

/* What becomes of a name that another image has. */
enum tx_name_taken {
    TX_NAME_MOVES,
    TX_NAME_ASKS,  /* moves as long as the other image keeps a name; else -ENOTUNIQ */
    TX_NAME_STAYS, /* this image is listed without it */
};

struct tx_name {
    const char *name; /* NULL: only make sure that the manifest is listed */
    struct descriptor manifest;
    enum tx_name_taken taken;
};

/* Decides which of `names` are given, with a catalog of the moment: takes away those that stay with another
 * image. 0, or -ENOTUNIQ with a line that names both. Pure. */
int tx_names_settle(const struct catalog *c, struct tx_name *names, size_t n, struct err *err);

int tx_begin(struct store *s, struct tx **ret, struct err *err);

/* The directory, borrowed. Names in it are the caller's to choose, but for those that begin with a dot. */
int tx_fd(const struct tx *t);

/* Registers what was made there under `tmp_name`. Checked already by the caller: digests are trusted from
 * here on. A layer is a directory with index, pack, files/ and from/. */
int tx_add_blob(struct tx *t, const char *tmp_name, const struct digest *d);
int tx_add_layer(struct tx *t, const char *tmp_name, const struct digest *diff_id);
int tx_add_tree(struct tx *t, const char *tmp_name, const struct digest *chain_id);

/* The store's copy of an object of this transaction is damaged: the commit puts this one in its place, in one
 * step where the file system can exchange names. The damaged one is removed; one in which there is something
 * that mica has not made stays beside it, as NAME.kept-ID. -ENOENT: the transaction has no such object. */
int tx_replace(struct tx *t, enum object_kind kind, const struct digest *d);

/* Notes that `blob` decompresses to a layer that is in the store or in this transaction. */
int tx_add_from(struct tx *t, const struct digest *diff_id, const struct digest *blob);

/* Puts a small blob; one that the store has is replaced if it is damaged. */
int tx_put_blob(struct tx *t, const void *data, size_t len, const struct digest *d, struct err *err);

/* Commits with `names`, settled as the catalog is then. The transaction is gone in either
 * case. After a failure the catalog is as before, or, when the failure was the very last fsync, as asked for.
 */
int tx_commit(struct tx *t, const struct tx_name *names, size_t n, struct err *err);
void tx_abort(struct tx *t); /* NULL-safe */

#endif
