/* SPDX-License-Identifier: Apache-2.0 */
/* Reads blobs and layers from a SOURCE. Their digests are checked before they are used. */
#include <errno.h>

#include "import/import.h"
#include "import/pipeline.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "verify/repair.h"

#define FROM_SOURCE "only a SOURCE that has it can bring it back: mica verify --repair=SOURCE"

int repair_from_source(struct repair *re, const struct source_layer *l, const char *blob_name,
                       const char *layer_name, struct err *err)
{
    struct import_limits limits;
    int r;

    import_limits_default(&limits);
    struct layer_job job = {
        .blob_digest = &l->blob.digest,
        .diff_id = &l->diff_id,
        .dirfd = tx_fd(re->tx),
        .blob_name = blob_name,
        .layer_name = layer_name,
        .max_files = limits.max_files,
        .max_size = limits.max_layer_size,
        .cancel = re->opt->cancel,
    };
    r = source_layer_extent(re->source->container, l, &job.blob, err);
    if (r < 0)
        return r;
    r = layer_job_run(&job, err);
    extent_done(&job.blob);
    if (r < 0 && layer_name)
        beneath_remove(tx_fd(re->tx), layer_name);
    if (r < 0 && blob_name)
        beneath_remove(tx_fd(re->tx), blob_name);
    return r;
}

/* Writes a manifest or config, which is in memory. 1; 0 if the finding is of neither; or an error. */
static int put_description(struct repair *re, const struct verify_finding *f, struct err *err)
{
    for (size_t i = 0; i < re->source->n_images; i++) {
        const struct source_image *si = &re->source->images[i];
        bool manifest = digest_equal(&si->manifest.digest, &f->digest);
        int r;

        if (!manifest && !digest_equal(&si->config.digest, &f->digest))
            continue;
        r = tx_put_blob(re->tx, manifest ? si->manifest_json : si->config_json,
                        manifest ? si->manifest_len : si->config_len, &f->digest, err);
        return r < 0 ? r : repair_made(re, f, NULL, err);
    }
    return 0;
}

int repair_blob(struct repair *re, const struct verify_finding *f, struct err *err)
{
    char name[REPAIR_NAME_MAX];
    int r;

    if (!re->source)
        return err_set(err, ENOENT, FROM_SOURCE);
    r = put_description(re, f, err);
    for (size_t i = 0; r == 0 && i < re->source->n_images; i++) {
        for (size_t k = 0; r == 0 && k < re->source->images[i].n_layers; k++) {
            const struct source_layer *l = &re->source->images[i].layers[k];

            if (!digest_equal(&l->blob.digest, &f->digest))
                continue;
            repair_name(re, "blob", name);
            r = repair_from_source(re, l, name, NULL, err);
            if (r == 0)
                r = repair_made(re, f, name, err);
        }
    }
    return r == 0 ? err_set(err, ENOENT, "the SOURCE does not have it") : r;
}
