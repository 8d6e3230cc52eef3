/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an import has to do: for each layer of each image, whether it is in the store already or which work
 * brings it there.
 *
 * A layer is *here* when its content, its blob and the knowledge that the one comes from the other are in the
 * store, and none is obviously damaged: then it is neither read nor written. Otherwise it is work, once for each pair of content and blob,
 * however many images share it.
 */
#ifndef MICA_IMPORT_PLAN_H
#define MICA_IMPORT_PLAN_H

#include "disk/store.h"
#include "disk/transaction.h"
#include "import/layout.h"

/* One blob to read. */
struct layer_work {
    const struct source_layer *layer;
    size_t image, index;          /* the first place that needs it, for errors */
    uint64_t size;                /* of the blob, bytes */
    bool make_layer;              /* the content is not there: unpack it */
    bool make_blob;               /* the blob is not there: keep it */
    bool mends_layer, mends_blob; /* what is made takes the place of something damaged */
};

struct planned_image {
    const struct source_image *source;
    const char **names;    /* borrowed; n_names may be 0 */
    struct digest *before; /* what each name meant before, DIGEST_NONE where it was new */
    size_t n_names;
    const char *stays; /* the first name that it does without for another image's sake, or NULL */
    struct digest chain_id;
    size_t here;    /* layers that are in the store */
    bool unchanged; /* the very image is there under all of its names */
};

struct plan {
    struct store *store;
    struct planned_image *images;
    size_t n_images;
    struct layer_work **works; /* the largest first, so that the last to end is not the longest */
    size_t n_works;
    enum tx_name_taken taken; /* of names that other images have */
    uint64_t total;           /* bytes to read */
    void *by_layer_and_blob,
        *by_layer; /* tsearch(3) trees of works; the second has those that make a layer */
};

/* `name` (--name) replaces what the source calls its only image; NULL for its own names. -ENOTUNIQ where
 * names that are taken are to be asked for. */
int plan_make(struct store *s, const struct source *source, const char *name, enum tx_name_taken taken,
              struct plan *ret, struct err *err);
void plan_done(struct plan *p);
/* The work that makes a layer's content, or NULL: it is in the store. */
const struct layer_work *plan_maker(const struct plan *p, const struct digest *diff_id);

#endif
