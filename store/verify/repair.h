/* SPDX-License-Identifier: Apache-2.0 */
/* One round of repairs. Private to this folder. */
#ifndef MICA_VERIFY_REPAIR_H
#define MICA_VERIFY_REPAIR_H

#include "import/layout.h"
#include "verify/needs.h"
#include "verify/verify.h"

struct repair {
    struct store *s;
    const struct verify_options *opt;
    const struct source *source; /* or NULL */
    struct needs needs;
    struct verify_result *found; /* of this round */
    struct tx *tx;
    size_t n_objects; /* number of objects in the transaction */
};

/* repair_source.c (blobs), repair_layer.c, repair_tree.c: make an object again in the transaction. 1: made; 0: has to wait for
 * another object; else a negative errno with a line that says why it cannot be made. */
int repair_blob(struct repair *re, const struct verify_finding *f, struct err *err);
int repair_layer(struct repair *re, const struct verify_finding *f, struct err *err);
int repair_tree(struct repair *re, const struct verify_finding *f, struct err *err);

/* repair_source.c: reads a layer of the SOURCE into the transaction: the unpacked layer as `layer_name`, its blob as
 * `blob_name`; either may be NULL. */
int repair_from_source(struct repair *re, const struct source_layer *l, const char *blob_name,
                       const char *layer_name, struct err *err);

/* repair_mounts.c: -EBUSY with a line if a mount shows files of the layer whose contents have other places in the new
 * layer, which is `name` in the transaction. */
int repair_check_mounts(struct repair *re, const struct digest *diff_id, const char *name, struct err *err);

/* repair_made.c: returns an unused name in the transaction. */
#define REPAIR_NAME_MAX 32
void repair_name(struct repair *re, const char *kind, char ret[REPAIR_NAME_MAX]);
/* Records that the object under `name`, made for `f`, replaces the damaged one. 1 or a negative errno. */
int repair_made(struct repair *re, const struct verify_finding *f, const char *name, struct err *err);

#endif
