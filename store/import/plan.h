/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work of an import: for each layer of each image, whether it is in the store, or the work that adds it.
 *
 * A layer is *here* if its content, its blob and the record that the content comes from the blob are in the
 * store, none obviously damaged: it is then neither read nor written. Otherwise there is one work for each
 * pair of content and blob, however many images share it.
 */
#ifndef MICA_IMPORT_PLAN_H
#define MICA_IMPORT_PLAN_H

#include "disk/store.h"
#include "disk/transaction.h"
#include "import/layout.h"

/* One blob to read. */
struct layer_work {
    const struct source_layer *layer;
    size_t image, index;          /* the first image and layer that need it, for errors */
    uint64_t size;                /* of the blob, bytes */
    bool make_layer;              /* the content is missing: unpack it */
    bool make_blob;               /* the blob is missing: store it */
    bool mends_layer, mends_blob; /* the result replaces a damaged object */
};

struct planned_image {
    const struct source_image *source;
    const char **names;    /* borrowed; n_names may be 0 */
    struct digest *before; /* the former image of each name, DIGEST_NONE if the name is new */
    size_t n_names;
    const char *stays; /* the first name that it does not get because another image has it, or NULL */
    struct digest chain_id;
    size_t here;    /* layers in the store */
    bool unchanged; /* the same image already has all of its names */
};

struct plan {
    struct store *store;
    struct planned_image *images;
    size_t n_images;
    struct layer_work **works; /* the largest first, so that a long one does not run last */
    size_t n_works;
    enum tx_name_taken taken; /* rule for names that other images have */
    uint64_t total;           /* bytes to read */
    void *by_layer_and_blob,
        *by_layer; /* tsearch(3) trees of works; the second has those that make a layer */
};

/* Makes the plan. `name` (--name) replaces the names of the source's only image; NULL keeps the source's
 * names. -ENOTUNIQ if the rule for taken names requires a decision. */
int plan_make(struct store *s, const struct source *source, const char *name, enum tx_name_taken taken,
              struct plan *ret, struct err *err);
void plan_done(struct plan *p);
/* Returns the work that makes a layer's content, or NULL if the layer is in the store. */
const struct layer_work *plan_maker(const struct plan *p, const struct digest *diff_id);

#endif
