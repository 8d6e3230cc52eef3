/* SPDX-License-Identifier: Apache-2.0 */
#include "export/blobs_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/catalog_edit.h"
#include "disk/catalog_file.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK (256u << 10)

static int wrong_bytes(struct export *x, const struct digest *d)
{
    char text[DIGEST_STRING_MAX];

    return err_set(x->err, EBADMSG, "blob %s in %s is damaged", digest_string(d, text), store_path(x->store));
}

bool export_cancelled(const struct export *x)
{
    const atomic_bool *cancel = x->options->cancel;

    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

void export_progress(struct export *x, size_t len)
{
    x->done += len;
    if (x->options->progress)
        x->options->progress(x->options->ctx, x->done, x->total);
}

static int copy(struct export *x, int fd, struct digest_stream *hash, char *room, export_write_fn write,
                void *ctx)
{
    ssize_t n;

    while ((n = fd_read(fd, room, CHUNK)) > 0) {
        int r = export_cancelled(x) ? err_set(x->err, ECANCELED, "interrupted")
                                    : digest_stream_update(hash, room, (size_t)n);

        if (r == 0)
            r = write(ctx, room, (size_t)n);
        if (r < 0)
            return r;
        export_progress(x, (size_t)n);
    }
    return (int)n;
}

int blob_out(struct export *x, const struct digest *d, export_write_fn write, void *ctx)
{
    if (x->converted && digest_equal(d, &x->manifest)) {
        export_progress(x, x->manifest_len);
        return write(ctx, x->converted, x->manifest_len);
    }
    cleanup_fd int fd = store_open_blob(x->store, d, NULL, x->err);
    cleanup_free char *room = malloc(CHUNK);
    struct digest_stream *hash = fd < 0 ? NULL : digest_stream_new(d->alg);
    struct digest is;
    int r = fd < 0 ? fd : hash && room ? copy(x, fd, hash, room, write, ctx) : -ENOMEM;

    if (r == 0)
        r = digest_stream_final(hash, &is);
    digest_stream_free(hash);
    return r == 0 && !digest_equal(&is, d) ? wrong_bytes(x, d) : r;
}

static bool came_before(const struct manifest *m, size_t layer)
{
    for (size_t i = 0; i < layer; i++)
        if (digest_equal(&m->layers[i].digest, &m->layers[layer].digest))
            return true;
    return false;
}

int blobs_each(struct export *x, export_each_fn each, void *ctx)
{
    const struct image *i = x->options->image;
    int r = each(ctx, &x->manifest, x->manifest_len);

    if (r == 0)
        r = each(ctx, &i->config_digest, i->config_len);
    for (size_t k = 0; r == 0 && k < i->manifest.n_layers; k++)
        if (!came_before(&i->manifest, k))
            r = each(ctx, &i->manifest.layers[k].digest, i->manifest.layers[k].size);
    return r;
}

/* ---- the list of images */

/* Finds the image that has the name in the list. */
static int find_replaced(struct export *x, const char *old, size_t old_len)
{
    const char *name = x->options->name;
    struct index_json index;
    int r;

    if (!old || !name)
        return 0;
    r = index_json_parse(old, old_len, &index, x->err);
    if (r < 0)
        return err_prefix(x->err, r, "index.json");
    for (size_t i = 0; i < index.n; i++)
        if (index.manifests[i].ref_name && strcmp(index.manifests[i].ref_name, name) == 0 &&
            !digest_equal(&index.manifests[i].digest, &x->manifest))
            x->replaced = index.manifests[i].digest;
    index_json_free(&index);
    return 0;
}

int export_index(struct export *x, const char *old, size_t old_len, char **ret, size_t *ret_len)
{
    static const char empty[] = "{\"schemaVersion\":2,\"mediaType\":\"" MT_OCI_INDEX "\",\"manifests\":[]}";
    static char type[] = MT_OCI_MANIFEST;
    const struct tx_name name = {
        .name = x->options->name,
        .manifest = {.media_type = type, .digest = x->manifest, .size = x->manifest_len},
    };
    int r = find_replaced(x, old, old_len);

    return r < 0 ? r
                 : catalog_edit(old ? old : empty, old ? old_len : sizeof empty - 1, &name, 1, ret, ret_len,
                                x->err);
}

int export_find(struct export *x, struct trusted *ret)
{
    int r = trusted_find(x->options->path, ret);

    return r == -EPERM
               ? err_set(x->err, r,
                         "%s is reached by another user's symbolic link in a world-writable directory: use a "
                         "directory of your own",
                         x->options->path)
               : r;
}
