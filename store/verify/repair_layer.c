/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a layer again: from a blob of the store, or from the SOURCE. */
#include <errno.h>

#include "os/beneath.h"
#include "verify/repair.h"
#include "verify/reread.h"

static int read_from_source(struct repair *re, const struct digest *diff_id, const char *name,
                            struct err *err)
{
    int r = -ENOENT;

    for (size_t i = 0; r == -ENOENT && re->source && i < re->source->n_images; i++) {
        const struct source_image *si = &re->source->images[i];

        for (size_t k = 0; r == -ENOENT && k < si->n_layers; k++)
            if (digest_equal(&si->layers[k].diff_id, diff_id))
                r = repair_from_source(re, &si->layers[k], NULL, name, err);
    }
    return r;
}

int repair_layer(struct repair *re, const struct verify_finding *f, struct err *err)
{
    char name[REPAIR_NAME_MAX];
    struct err why = {""};
    int r;

    repair_name(re, "layer", name);
    r = reread_layer(re->s, &re->needs, &f->digest, tx_fd(re->tx), name, re->opt->cancel, &why);
    if (r < 0 && r != -ECANCELED && re->source)
        r = read_from_source(re, &f->digest, name, &why);
    if (r < 0)
        return err_set(err, -r, "%s", why.text);
    r = repair_check_mounts(re, &f->digest, name, err);
    if (r < 0) {
        beneath_remove(tx_fd(re->tx), name);
        return r;
    }
    return repair_made(re, f, name, err);
}
