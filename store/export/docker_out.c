/* SPDX-License-Identifier: Apache-2.0 */
/* The format of docker save (docker's image-spec v1.2): HEX.json, the config; HEX.tar for each layer,
 * named by its diff ID; manifest.json. */
#include "export/docker_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import/decompress.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK (256u << 10)

/* ---- layers */

struct reading {
    struct export *x;
    int fd;
};

static ssize_t read_blob(void *ctx, void *buf, size_t len)
{
    struct reading *in = ctx;
    const atomic_bool *cancel = in->x->options->cancel;
    ssize_t n;

    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return -ECANCELED;
    n = fd_read(in->fd, buf, len);
    if (n > 0)
        export_progress(in->x, (size_t)n);
    return n;
}

typedef int (*take_fn)(void *ctx, const void *data, size_t len);

static int say_blob(struct export *x, const struct digest *blob, int r)
{
    char text[DIGEST_STRING_MAX];

    return x->err->text[0]
               ? err_prefix(x->err, r, "blob %s in %s", digest_string(blob, text), store_path(x->store))
               : r;
}

/* Reads a whole layer, uncompressed. */
static int read_layer(struct export *x, const struct digest *blob, take_fn take, void *ctx)
{
    cleanup_fd int fd = store_open_blob(x->store, blob, NULL, x->err);
    struct reading in = {x, fd};
    struct decompressor *d = fd < 0 ? NULL : decompressor_new(read_blob, &in);
    cleanup_free char *room = malloc(CHUNK);
    ssize_t n = fd < 0 ? fd : d && room ? 0 : -ENOMEM;
    int taken = 0;

    while (n >= 0 && d && taken == 0 && (n = decompressor_read(d, room, CHUNK, x->err)) > 0)
        taken = take(ctx, room, (size_t)n);
    decompressor_free(d);
    if (n == -ECANCELED)
        return err_set(x->err, ECANCELED, "interrupted");
    return n < 0 && fd >= 0 ? say_blob(x, blob, (int)n) : n < 0 ? (int)n : taken;
}

struct measure {
    struct digest_stream *hash;
    uint64_t size;
};

static int measure(void *ctx, const void *data, size_t len)
{
    struct measure *m = ctx;

    m->size += len;
    return digest_stream_update(m->hash, data, len);
}

static int measure_layer(struct export *x, const struct digest *blob, const struct digest *diff_id,
                         uint64_t *ret)
{
    struct measure m = {.hash = digest_stream_new(diff_id->alg)};
    char text[DIGEST_STRING_MAX];
    struct digest is;
    int r = m.hash ? read_layer(x, blob, measure, &m) : -ENOMEM;

    if (r == 0)
        r = digest_stream_final(m.hash, &is);
    digest_stream_free(m.hash);
    if (r == 0 && !digest_equal(&is, diff_id))
        return err_set(x->err, EBADMSG, "blob %s in %s is damaged", digest_string(blob, text),
                       store_path(x->store));
    *ret = m.size;
    return r;
}

static int put_more(void *ctx, const void *data, size_t len)
{
    return pax_writer_more(((struct archive_out *)ctx)->tar, data, len);
}

static int put_layer(struct archive_out *a, const char *name, const struct digest *blob,
                     const struct digest *diff_id)
{
    struct pax_entry e = {.path = name, .mode = S_IFREG | 0644};
    int r = measure_layer(a->x, blob, diff_id, &e.size);

    if (r == 0)
        r = pax_writer_begin(a->tar, &e);
    if (r == 0)
        r = read_layer(a->x, blob, put_more, a);
    return r < 0 ? r : pax_writer_finish(a->tar);
}

/* ---- names */

static char *name_of(const struct digest *d, const char *end)
{
    char hex[DIGEST_HEX_MAX], *ret;

    return asprintf(&ret, "%s%s", digest_hex(d, hex), end) < 0 ? NULL : ret;
}

/* Returns the name's tag: docker requires one. */
static char *tag_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *colon = strchr(slash ? slash : name, ':');
    char *ret;

    return asprintf(&ret, "%s%s", name, colon ? "" : ":latest") < 0 ? NULL : ret;
}

static int put_manifest(struct archive_out *a, char *config, char **layers, size_t n)
{
    const char *name = a->x->options->name;
    cleanup_free char *tag = name ? tag_of(name) : NULL, *text = NULL;
    struct docker_image image = {
        .config = config, .layers = layers, .n_layers = n, .repo_tags = &tag, .n_repo_tags = name != NULL};
    const struct docker_manifest m = {&image, 1};
    size_t len;
    int r = name && !tag ? -ENOMEM : docker_manifest_write(&m, &text, &len);

    return r < 0 ? r : archive_put_text(a, "manifest.json", text, len);
}

static bool came_before(const struct image *i, size_t layer)
{
    for (size_t k = 0; k < layer; k++)
        if (digest_equal(&i->config.diff_ids[k], &i->config.diff_ids[layer]))
            return true;
    return false;
}

int docker_write(struct archive_out *a)
{
    const struct image *i = a->x->options->image;
    size_t n = i->config.n_diff_ids;
    cleanup_free char *config = name_of(&i->config_digest, ".json");
    char **layers = calloc(n + 1, sizeof *layers);
    int r = config && layers ? archive_put_text(a, config, i->config_json, i->config_len) : -ENOMEM;

    a->x->total *= 2; /* each blob is read twice */
    for (size_t k = 0; r == 0 && k < n; k++) {
        layers[k] = name_of(&i->config.diff_ids[k], ".tar");
        if (!layers[k])
            r = -ENOMEM;
        else if (!came_before(i, k))
            r = put_layer(a, layers[k], &i->manifest.layers[k].digest, &i->config.diff_ids[k]);
    }
    if (r == 0)
        r = put_manifest(a, config, layers, n);
    for (size_t k = 0; layers && k < n; k++)
        free(layers[k]);
    free(layers);
    return r;
}
