/* SPDX-License-Identifier: Apache-2.0 */
/* An import is one transaction: describe the source, plan, read the layers, merge, list the images. The
 * transaction begins first, so that objects that the plan found stay in the store, and so that a piped
 * archive can be stored in its directory. */
#include "import/import.h"

#include <errno.h>
#include <string.h>

#include "import/build_tree.h"
#include "import/image_reader.h"
#include "import/plan.h"
#include "import/run_layers.h"
#include "os/cleanup.h"

void import_limits_default(struct import_limits *ret)
{
    *ret = (struct import_limits){
        .max_files = 16u << 20,
        .max_layer_size = UINT64_C(1) << 38, /* 256 GiB */
        .max_layers = MANIFEST_MAX_LAYERS,
    };
}

/* Writes an image's manifest and config. */
static int put_image(const struct planned_image *pi, struct tx *tx, struct descriptor *ret, struct err *err)
{
    const struct source_image *si = pi->source;
    int r = tx_put_blob(tx, si->config_json, si->config_len, &si->config.digest, err);

    *ret = (struct descriptor){
        .media_type = si->manifest.media_type, .digest = si->manifest.digest, .size = si->manifest_len};
    return r < 0 ? r : tx_put_blob(tx, si->manifest_json, si->manifest_len, &si->manifest.digest, err);
}

static size_t names_or_one(const struct planned_image *pi)
{
    return pi->n_names ? pi->n_names : 1;
}

static size_t count_names(const struct plan *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_images; i++)
        n += names_or_one(&p->images[i]);
    return n;
}

/* Writes all manifests and configs and commits all names. Ends the transaction in either case. */
static int list_images(struct plan *p, struct tx *tx, struct err *err)
{
    cleanup_free struct tx_name *names = calloc(count_names(p), sizeof(*names));
    size_t n = 0;
    int r = names ? 0 : err_errno(err, ENOMEM, "cannot list the images");

    for (size_t i = 0; r == 0 && i < p->n_images; i++) {
        const struct planned_image *pi = &p->images[i];
        struct descriptor manifest;

        if (pi->unchanged)
            continue;
        r = put_image(pi, tx, &manifest, err);
        for (size_t k = 0; r == 0 && k < names_or_one(pi); k++)
            names[n++] = (struct tx_name){pi->n_names ? pi->names[k] : NULL, manifest, p->taken};
    }
    if (r < 0) {
        tx_abort(tx);
        return r;
    }
    return tx_commit(tx, names, n, err);
}

static int make_results(const struct plan *p, struct import_results *ret)
{
    struct import_results all = {.images = calloc(count_names(p), sizeof(*all.images))};

    if (!all.images)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_images; i++) {
        const struct planned_image *pi = &p->images[i];

        for (size_t k = 0; k < names_or_one(pi); k++) {
            struct import_result *r = &all.images[all.n++];

            *r = (struct import_result){
                .manifest = pi->source->manifest.digest,
                .layers = pi->source->n_layers,
                .layers_here = pi->here,
                .unchanged = pi->unchanged,
            };
            if (pi->n_names && !digest_equal(&pi->before[k], &r->manifest))
                r->replaced = pi->before[k];
            if ((pi->n_names && !(r->name = strdup(pi->names[k]))) ||
                (pi->stays && !(r->stays = strdup(pi->stays)))) {
                import_results_free(&all);
                return -ENOMEM;
            }
        }
    }
    *ret = all;
    return 0;
}

/* Executes the plan. Ends the transaction in either case. */
static int carry_out(struct plan *p, const struct source *source, struct tx *tx,
                     const struct import_options *opt, struct err *err)
{
    bool anything = false;
    int r;

    for (size_t i = 0; i < p->n_images; i++) {
        const struct planned_image *pi = &p->images[i];

        anything |= !pi->unchanged;
        if (!pi->unchanged && opt->image_begin)
            opt->image_begin(opt->ctx, pi->n_names ? pi->names[0] : NULL, pi->source->n_layers, pi->here);
    }
    r = run_layers(p, source, tx, opt, err);
    if (r == 0)
        r = build_trees(p, tx, opt->cancel, err);
    if (r < 0 || !anything) {
        tx_abort(tx);
        return r;
    }
    return list_images(p, tx, err);
}

static int import_opened(struct store *s, const struct source *source, struct tx *tx,
                         const struct import_options *opt, struct import_results *ret, struct err *err)
{
    struct import_results results;
    struct plan plan;
    int r = plan_make(s, source, opt->name, opt->taken, &plan, err);

    if (r < 0) {
        tx_abort(tx);
        return r;
    }
    r = carry_out(&plan, source, tx, opt, err);
    if (r == 0) {
        r = make_results(&plan, &results);
        if (r < 0)
            err_errno(err, -r, "it was imported, but cannot be reported");
        else
            *ret = results;
    }
    plan_done(&plan);
    return r;
}

int import_source(struct store *s, const struct source_ref *src, const struct import_options *opt,
                  struct import_results *ret, struct err *err)
{
    struct source_options how = {
        .platform = opt->platform,
        .platform_required = opt->platform_required,
        .max_layers = opt->limits.max_layers,
        .max_size = opt->limits.max_layer_size,
        .cancel = opt->cancel,
        .progress = opt->reading,
        .ctx = opt->ctx,
    };
    struct source source;
    struct tx *tx;
    int r = tx_begin(s, &tx, err);

    if (r < 0)
        return r;
    how.tmp_dirfd = tx_fd(tx);
    r = source_open(src, &how, &source, err);
    if (r < 0) {
        tx_abort(tx);
        return r;
    }
    r = import_opened(s, &source, tx, opt, ret, err);
    source_close(&source);
    return r;
}

void import_results_free(struct import_results *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->images[i].name);
        free(r->images[i].stays);
    }
    free(r->images);
    *r = (struct import_results){0};
}
