/* SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/archive_out.h"
#include "export/blobs_out.h"
#include "export/layout_out.h"

static int count(void *ctx, const struct digest *d, uint64_t size)
{
    struct export *x = ctx;

    (void)d;
    x->total += size;
    return 0;
}

/* Converts docker's manifest to an OCI manifest: the same config and layers with OCI media types. */
static int convert(struct export *x)
{
    static char config_type[] = MT_OCI_CONFIG;
    const struct image *i = x->options->image;
    const struct descriptor config = {
        .media_type = config_type, .digest = i->config_digest, .size = i->config_len};
    struct descriptor *layers = calloc(i->manifest.n_layers + 1, sizeof *layers);
    int r = layers ? 0 : -ENOMEM;

    for (size_t k = 0; r == 0 && k < i->manifest.n_layers; k++) {
        const struct descriptor *l = &i->manifest.layers[k];

        layers[k] = (struct descriptor){
            .media_type = strdup(media_type_oci(l->media_type)), .digest = l->digest, .size = l->size};
        r = layers[k].media_type ? 0 : -ENOMEM;
    }
    if (r == 0)
        r = manifest_write(&config, layers, i->manifest.n_layers, &x->converted, &x->manifest_len);
    if (r == 0)
        r = digest_of(DIGEST_SHA256, x->converted, x->manifest_len, &x->manifest);
    for (size_t k = 0; layers && k < i->manifest.n_layers; k++)
        descriptor_clear(&layers[k]);
    free(layers);
    return r;
}

/* Refuses a name that readers of the archive would refuse. */
static int check_name(const struct export_options *o, struct err *err)
{
    if (!o->name)
        return 0;
    return o->form == SOURCE_DOCKER_ARCHIVE ? reference_check_docker(o->name, err)
                                            : reference_check(o->name, err);
}

int export_image(struct store *s, const struct export_options *o, struct export_result *ret, struct err *err)
{
    struct export x = {.store = s,
                       .options = o,
                       .manifest = o->image->manifest_digest,
                       .manifest_len = o->image->manifest_len,
                       .err = err};
    int r = check_name(o, err);

    if (r < 0)
        return r;
    if (o->image->manifest.docker && o->form != SOURCE_DOCKER_ARCHIVE)
        r = convert(&x);
    (void)blobs_each(&x, count, &x);
    err->text[0] = '\0';
    if (r == 0)
        r = o->form == SOURCE_OCI ? export_layout(&x) : export_archive(&x);
    free(x.converted);
    *ret = (struct export_result){x.manifest, x.replaced};
    return r < 0 && !err->text[0] ? err_errno(err, -r, "%s", o->path) : r;
}
