/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's directory (store/FORMAT.md): an OCI image layout beside mica's own layers, trees, branches and
 * leases.
 *
 *   STORE/format  oci-layout  index.json
 *         blobs/ALG/HEX
 *         layers/HEX/{index,pack,files/N,from/ALG-HEX}, with shared contents {index,packs/N,places,files/N,from/ALG-HEX}
 *         trees/HEX
 *         branches/NAME/{branch.json,upper,work}
 *         leases/  tmp/  lock
 *
 * Opening and locking: store.c. The default root: default_path.c. Objects: blob.c, layer.c.
 *
 * Every object appears whole or not at all. Readers take no lock: objects are immutable and names are
 * replaced by rename.
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

/* The version of the store on disk (store/FORMAT.md); no other version is opened. */
#define STORE_FORMAT 1

/* Returns the default root: $MICA_STORE; if unset, mica.conf's; if there is none, /var/lib/mica for root
 * (uid 0 in the initial user namespace), otherwise $XDG_DATA_HOME/mica or ~/.local/share/mica. Fresh
 * memory, or NULL with a line in `err`. */
char *store_default_path(struct err *err);

enum {
    STORE_CREATE = 1, /* create it if missing (mode 0700, with parents) */
};
/*
 * Opens a store, and with it the read-only stores of $MICA_ALSO and of the configuration (config.h): lookups
 * search them too, nothing changes them. If there are such stores, the user's own is created if missing.
 *
 * `path` NULL = the default. Refuses a directory that is not a store, an unknown version, and a root that
 * others could write to. -ENOENT with a line that says how to fill a store. The caller frees *ret with
 * store_close.
 */
int store_open(const char *path, int flags, struct store **ret, struct err *err);
void store_close(struct store *s);
/* Returns the path of the i-th read-only store (--also, mica.conf), or NULL. */
const char *store_also_path(const struct store *s, size_t i);
/* Returns all read-only stores in the form of $MICA_ALSO: fresh memory, or NULL. */
char *store_also_joined(const struct store *s);
/* May this user change the store? */
bool store_is_writable(const struct store *s);
const char *store_path(const struct store *s); /* absolute */
int store_fd(const struct store *s);           /* O_DIRECTORY, borrowed */

/* ---- blobs (blob.c) */
bool store_has_blob(struct store *s, const struct digest *d);
int store_open_blob(struct store *s, const struct digest *d, uint64_t *ret_size,
                    struct err *err); /* descriptor */
/* Reads a small JSON blob (<= MANIFEST_MAX_BYTES) and verifies its digest; fresh memory. */
int store_read_blob(struct store *s, const struct digest *d, char **ret, size_t *ret_len, struct err *err);

/* ---- layers and trees (layer.c) */
bool store_has_layer(struct store *s, const struct digest *diff_id);
/* Is the layer in the store and not obviously damaged: does its index open, and is its pack a file? Takes
 * constant time. */
bool store_layer_opens(struct store *s, const struct digest *diff_id);
int store_open_layer(struct store *s, const struct digest *diff_id,
                     struct err *err); /* directory descriptor */
int store_open_layer_index(struct store *s, const struct digest *diff_id, struct index **ret,
                           struct err *err);
/* Is `blob` recorded as decompressing to `diff_id`? */
bool store_layer_is_from(struct store *s, const struct digest *diff_id, const struct digest *blob);
bool store_has_tree(struct store *s, const struct digest *chain_id);
/* As store_layer_opens, for a tree; it must be of this stack. */
bool store_tree_opens(struct store *s, const struct digest *chain_id);
int store_open_tree_index(struct store *s, const struct digest *chain_id, struct index **ret,
                          struct err *err);
/* Opens the image tree of a stack; all its layers must be in the store. `max_fds` as in image_tree_new.
 * The caller frees *ret with tree_free. */
int store_open_tree(struct store *s, const struct digest *chain_id, unsigned max_fds, struct tree **ret,
                    struct err *err);
/* The image tree of an index of kind tree whose layers are in the store; the index is taken over also on failure. */
int store_tree_of(struct store *s, struct index *index, unsigned max_fds, struct tree **ret, struct err *err);

#endif
