/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's directory (store/FORMAT.md): an OCI image layout beside mica's own layers, trees, branches and
 * leases.
 *
 *   STORE/format  oci-layout  index.json  blobs/ALG/HEX    layers/HEX/{index,pack,files/N,from/ALG-HEX}
 * trees/HEX branches/NAME/{branch.json,upper,work}  leases/  tmp/  lock
 *
 * Everything appears whole or not at all. Readers take no lock: objects are immutable and names are replaced
 * by rename.
 */
#ifndef MICA_DISK_STORE_H
#define MICA_DISK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "disk/branch.h"
#include "disk/catalog.h"
#include "disk/lease.h"
#include "disk/transaction.h"
#include "image/digest.h"
#include "os/err.h"
#include "tree/index.h"
#include "tree/tree.h"

struct store;

/* The version of the store on disk (store/FORMAT.md): no other is opened. */
#define STORE_FORMAT 1

/* The default root: $MICA_STORE, else what mica.conf says, else /var/lib/mica for root (uid 0 in the initial user namespace), else
 * $XDG_DATA_HOME/mica, else ~/.local/share/mica. Fresh memory, or NULL with a line in `err`. */
char *store_default_path(struct err *err);

enum {
    STORE_CREATE = 1, /* make it where there is none (mode 0700, parents too) */
};
/*
 * Opens a store, and beneath it those of $MICA_ALSO and of the configuration (config.h): what is looked for is
 * found in them as well, but they are never changed. With such ones, one's own is made where there is none.
 *
 * Refuses what is none, a version it does not know, and a root that others could write to.
 * `path` NULL = the default. -ENOENT with a line that says how to fill one.
 */
int store_open(const char *path, int flags, struct store **ret, struct err *err);
void store_close(struct store *s);
/* The i-th of the stores that can only be read and are looked in as well (--also, mica.conf), or NULL. */
const char *store_also_path(const struct store *s, size_t i);
/* All of them as $MICA_ALSO has them: fresh memory, or NULL. */
char *store_also_joined(const struct store *s);
/* May this user change it? */
bool store_is_writable(const struct store *s);
const char *store_path(const struct store *s); /* absolute */
int store_fd(const struct store *s);           /* O_DIRECTORY, borrowed */

/* ---- blobs (blob.c) */
bool store_has_blob(struct store *s, const struct digest *d);
int store_open_blob(struct store *s, const struct digest *d, uint64_t *ret_size,
                    struct err *err); /* descriptor */
/* Reads a small JSON blob (<= MANIFEST_MAX_BYTES) and checks its digest; fresh memory. */
int store_read_blob(struct store *s, const struct digest *d, char **ret, size_t *ret_len, struct err *err);

/* ---- layers and trees (layer.c) */
bool store_has_layer(struct store *s, const struct digest *diff_id);
/* Is it there, and not obviously damaged: its index opens, and its pack is a file? Does not depend on how large
 * it is. */
bool store_layer_opens(struct store *s, const struct digest *diff_id);
int store_open_layer(struct store *s, const struct digest *diff_id,
                     struct err *err); /* directory descriptor */
int store_open_layer_index(struct store *s, const struct digest *diff_id, struct index **ret,
                           struct err *err);
/* Was it verified that `blob` decompresses to `diff_id`? */
bool store_layer_is_from(struct store *s, const struct digest *diff_id, const struct digest *blob);
bool store_has_tree(struct store *s, const struct digest *chain_id);
/* The same of a tree, which must be of this stack. */
bool store_tree_opens(struct store *s, const struct digest *chain_id);
int store_open_tree_index(struct store *s, const struct digest *chain_id, struct index **ret,
                          struct err *err);
/* The image tree of a stack, all of whose layers are there. `max_fds` as in image_tree_new. */
int store_open_tree(struct store *s, const struct digest *chain_id, unsigned max_fds, struct tree **ret,
                    struct err *err);

#endif
