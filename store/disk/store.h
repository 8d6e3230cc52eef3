/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's directory (store/FORMAT.md): an OCI image layout beside mica's own layers, trees, branches and leases.
 *
 *   STORE/oci-layout index.json blobs/ALG/HEX    layers/HEX/{index,pack,files/N,from/ALG-HEX}    trees/HEX
 *         branches/  leases/  tmp/  lock
 *
 * Everything appears whole or not at all. Readers take no lock: objects are immutable and names are replaced by rename.
 */
#ifndef MICA_DISK_STORE_H
#define MICA_DISK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/manifest.h"
#include "os/err.h"
#include "tree/index.h"
#include "tree/tree.h"

struct store;

/* The default root: $MICA_STORE, else /var/lib/mica for root (uid 0 in the initial user namespace), else
 * $XDG_DATA_HOME/mica, else ~/.local/share/mica. Fresh memory, or NULL with a line in `err`. */
char *store_default_path(struct err *err);

enum {
    STORE_CREATE = 1, /* make it where there is none (mode 0700, parents too) */
};
/* Opens a store; refuses what is none, a version it does not know, and a root that others could write to. `path` NULL = the
 * default. -ENOENT with a line that says how to fill one. */
int store_open(const char *path, int flags, struct store **ret, struct err *err);
void store_close(struct store *s);
const char *store_path(const struct store *s); /* absolute */
int store_fd(const struct store *s);           /* O_DIRECTORY, borrowed */

/* ---- blobs (blob.c) */
bool store_has_blob(struct store *s, const struct digest *d);
int store_open_blob(struct store *s, const struct digest *d, uint64_t *ret_size, struct err *err); /* descriptor */
/* Reads a small JSON blob (<= MANIFEST_MAX_BYTES) and checks its digest; fresh memory. */
int store_read_blob(struct store *s, const struct digest *d, char **ret, size_t *ret_len, struct err *err);

/* ---- layers and trees (layer.c) */
bool store_has_layer(struct store *s, const struct digest *diff_id);
int store_open_layer(struct store *s, const struct digest *diff_id, struct err *err); /* directory descriptor */
int store_open_layer_index(struct store *s, const struct digest *diff_id, struct index **ret, struct err *err);
/* Was it verified that `blob` decompresses to `diff_id`? */
bool store_layer_is_from(struct store *s, const struct digest *diff_id, const struct digest *blob);
/* A blob that is in the store and decompresses to `diff_id` (the first by name), with its size; -ENOENT. */
int store_layer_blob(struct store *s, const struct digest *diff_id, struct digest *ret, uint64_t *ret_size);
bool store_has_tree(struct store *s, const struct digest *chain_id);
int store_open_tree_index(struct store *s, const struct digest *chain_id, struct index **ret, struct err *err);
/* The image tree of a stack, with its layers opened. `max_fds` as in image_tree_new. */
int store_open_tree(struct store *s, const struct digest *chain_id, unsigned max_fds, struct tree **ret, struct err *err);

/* ---- images (catalog.c: names are the annotations of index.json; image.c) */
struct catalog_entry {
    char *name; /* NULL for an image without a name */
    struct descriptor manifest;
};
struct catalog {
    struct catalog_entry *entries; /* sorted by name */
    size_t n;
};
int store_catalog(struct store *s, struct catalog *ret, struct err *err);
void catalog_free(struct catalog *c);

/* All that is known of an image in the store. */
struct image {
    char *name; /* as in the catalog, or NULL */
    struct digest manifest_digest, config_digest, chain_id;
    uint64_t manifest_size;
    char *manifest_json, *config_json; /* the stored bytes, NUL behind */
    size_t manifest_len, config_len;
    struct manifest manifest;
    struct image_config config;
};
/* IMAGE: a name (then NAME:latest), `ALG:HEX`, or an unambiguous prefix of 4 or more digits of a manifest's or config's hex
 * digest. Errors name what there is ("no image \"x\" in STORE; there are: a, b, ..."). */
int store_find_image(struct store *s, const char *image, struct image *ret, struct err *err);
int store_load_image(struct store *s, const struct catalog_entry *e, struct image *ret, struct err *err);
void image_free(struct image *i);

/* ---- transactions (transaction.c) */
/*
 * A directory under tmp/, locked by its process, in which objects are made; commit makes them durable (one syncfs), renames
 * them into place and last replaces index.json. What another process put there first stays and ours is dropped. Leftovers of
 * dead processes are removed when a transaction begins. Safe from several threads between begin and commit.
 */
struct tx;
struct tx_name {
    const char *name; /* NULL: only make sure that the manifest is listed */
    struct descriptor manifest;
};
int tx_begin(struct store *s, struct tx **ret, struct err *err);
int tx_fd(const struct tx *t); /* the directory, borrowed; names in it are the caller's to choose, but see below */
/* Registers what was made there under `tmp_name`. Checked already by the caller: digests are trusted from here on. */
int tx_add_blob(struct tx *t, const char *tmp_name, const struct digest *d);
int tx_add_layer(struct tx *t, const char *tmp_name, const struct digest *diff_id); /* a directory: index, pack, files/, from/ */
int tx_add_tree(struct tx *t, const char *tmp_name, const struct digest *chain_id);
/* Notes that `blob` decompresses to a layer that is already in the store. */
int tx_add_from(struct tx *t, const struct digest *diff_id, const struct digest *blob);
/* Puts a small blob. */
int tx_put_blob(struct tx *t, const void *data, size_t len, const struct digest *d, struct err *err);
/* Commits with `names` (an existing name is moved to the new manifest). The transaction is gone in either case. */
int tx_commit(struct tx *t, const struct tx_name *names, size_t n, struct err *err);
void tx_abort(struct tx *t); /* NULL-safe */

/* ---- leases (lease.c) */
/*
 * A mount's hold on what it shows: leases/ID.json, locked (open file description lock) by the daemon for as long as it lives.
 * A lease whose lock is free is dead: it is passed over and removed.
 */
struct lease_info {
    char *mountpoint; /* absolute */
    char *image;      /* name, or NULL */
    struct digest manifest, chain_id;
    char *branch; /* NULL: read-only */
    int64_t pid, started; /* seconds since 1970 */
};
struct lease;
int lease_take(struct store *s, const struct lease_info *info, struct lease **ret, struct err *err);
void lease_drop(struct lease *l); /* removes it */
struct lease_list {
    struct lease_info *leases;
    size_t n;
};
int store_leases(struct store *s, struct lease_list *ret, struct err *err);
void lease_list_free(struct lease_list *l);

#endif
