/* SPDX-License-Identifier: Apache-2.0 */
/* A directory under tmp/, locked by its process, in which objects are made; commit syncs them (one
 * syncfs), renames them into place and last replaces index.json. An object that another process added
 * first stays, and this one is dropped. Remains of dead processes are removed when a transaction begins.
 * Thread-safe between begin and commit. */
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

/* The rule for a name that another image has. */
enum tx_name_taken {
    TX_NAME_MOVES,
    TX_NAME_ASKS,  /* moves if the other image keeps a name; otherwise -ENOTUNIQ */
    TX_NAME_STAYS, /* this image does not get it */
};

struct tx_name {
    const char *name; /* NULL: only ensure that the manifest is listed */
    struct descriptor manifest;
    enum tx_name_taken taken;
};

/* Decides which of `names` are given, by the current catalog: removes those that stay with another image.
 * 0, or -ENOTUNIQ with a line that names both images. Pure. */
int tx_names_settle(const struct catalog *c, struct tx_name *names, size_t n, struct err *err);

int tx_begin(struct store *s, struct tx **ret, struct err *err);

/* Returns the directory, borrowed. The caller chooses the names in it, except those with a leading dot. */
int tx_fd(const struct tx *t);

/* Register an object made there under `tmp_name`. The caller must have verified it: digests are trusted
 * from here on. A layer is a directory with index, pack, files/ and from/. */
int tx_add_blob(struct tx *t, const char *tmp_name, const struct digest *d);
int tx_add_layer(struct tx *t, const char *tmp_name, const struct digest *diff_id);
int tx_add_tree(struct tx *t, const char *tmp_name, const struct digest *chain_id);

/* Marks an object of this transaction as the replacement of a damaged one in the store: the commit
 * exchanges them, atomically if the file system can exchange names. The damaged one is removed; if it
 * holds files that mica did not make, it stays beside the new one as NAME.kept-ID. -ENOENT: the
 * transaction has no such object. */
int tx_replace(struct tx *t, enum object_kind kind, const struct digest *d);

/* Records that `blob` decompresses to a layer that is in the store or in this transaction. */
int tx_add_from(struct tx *t, const struct digest *diff_id, const struct digest *blob);

/* Adds a small blob; replaces the store's if that is damaged. */
int tx_put_blob(struct tx *t, const void *data, size_t len, const struct digest *d, struct err *err);

/* Commits with `names`, settled against the catalog at that time (commit.c, name_moves.c). Ends the transaction in either case.
 * After a failure the catalog is unchanged, or, if only the very last fsync failed, changed. */
int tx_commit(struct tx *t, const struct tx_name *names, size_t n, struct err *err);
void tx_abort(struct tx *t); /* NULL-safe */

#endif
