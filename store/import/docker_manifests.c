/* SPDX-License-Identifier: Apache-2.0 */
/* Makes manifests for the images of a docker-archive, which has none. They depend on the archive alone, so
 * that one archive has one digest, whatever the store contains: an uncompressed layer is the blob of its
 * diff ID, one in gzip or zstd is hashed, and one in a compression without media type is unpacked first. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "import/decompress.h"
#include "import/image_reader.h"
#include "import/layouts.h"
#include "import/source_image.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK (256u << 10)

struct making {
    struct container *container;
    const struct source_options *opt;
    void *known; /* a tsearch(3) tree of layers by their diff IDs: images share them */
};

static int by_diff_id(const void *pa, const void *pb)
{
    const struct source_layer *a = pa, *b = pb;

    if (a->diff_id.alg != b->diff_id.alg)
        return a->diff_id.alg < b->diff_id.alg ? -1 : 1;
    return memcmp(a->diff_id.bytes, b->diff_id.bytes, sizeof(a->diff_id.bytes));
}

static int hash_all(const struct making *m, const struct extent *x, struct digest_stream *hash)
{
    cleanup_free void *room = malloc(CHUNK);
    uint64_t done = 0;

    while (room && done < x->size) {
        ssize_t n = fd_pread(x->fd, room, x->size - done < CHUNK ? (size_t)(x->size - done) : CHUNK,
                             x->offset + done);

        if (m->opt->cancel && atomic_load_explicit(m->opt->cancel, memory_order_relaxed))
            return -ECANCELED;
        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        if (digest_stream_update(hash, room, (size_t)n) < 0)
            return -EIO;
        done += (uint64_t)n;
    }
    return room ? 0 : -ENOMEM;
}

static int hash_blob(const struct making *m, const struct extent *x, struct digest *ret, struct err *err)
{
    struct digest_stream *hash = digest_stream_new(DIGEST_SHA256);
    int r = hash ? hash_all(m, x, hash) : -ENOMEM;

    if (r == 0 && digest_stream_final(hash, ret) < 0)
        r = -EIO;
    digest_stream_free(hash);
    return r < 0 ? err_errno(err, -r, "cannot read it") : 0;
}

/* Finds a layer's blob from the member's bytes. */
static int find_blob(struct making *m, struct source_layer *l, const struct extent *x, struct err *err)
{
    uint8_t magic[DECOMPRESS_MAGIC];
    ssize_t n = fd_pread(x->fd, magic, x->size < sizeof(magic) ? (size_t)x->size : sizeof(magic), x->offset);
    const char *type = n < 0 ? NULL : decompressor_media_type(magic, (size_t)n);
    struct digest digest = l->diff_id;
    uint64_t size = x->size;
    int r = n < 0 ? err_errno(err, (int)-n, "cannot read it") : 0;

    if (r == 0 && !type) {
        type = MT_OCI_LAYER;
        r = container_unpack(m->container, x, m->opt, &l->unpacked, err);
        l->is_unpacked = true;
        size = l->unpacked.size;
    } else if (r == 0 && decompressor_is_for(magic, (size_t)n)) {
        r = hash_blob(m, x, &digest, err);
    }
    if (r == 0 && descriptor_set(&l->blob, type, &digest, size) < 0)
        r = err_errno(err, ENOMEM, "cannot read the source");
    return r;
}

static int share(const struct source_layer *from, struct source_layer *l)
{
    l->is_unpacked = from->is_unpacked;
    l->unpacked = from->unpacked;
    free(l->path);
    l->path = strdup(from->path);
    return l->path ? descriptor_copy(&from->blob, &l->blob) : -ENOMEM;
}

static int describe(struct making *m, struct source_layer *l, struct err *err)
{
    struct source_layer **known = tsearch(l, &m->known, by_diff_id);
    struct extent x;
    int r;

    if (!known || (*known != l && share(*known, l) < 0))
        return err_errno(err, ENOMEM, "cannot read the source");
    if (*known != l)
        return 0;
    r = source_layer_extent(m->container, l, &x, err);
    if (r < 0)
        return r;
    r = find_blob(m, l, &x, err);
    extent_done(&x);
    return r < 0 && r != -ECANCELED ? err_prefix(err, r, "%s", l->path) : r;
}

static int write_manifest(struct source_image *i, struct err *err)
{
    cleanup_free struct descriptor *layers = calloc(i->n_layers + 1, sizeof(*layers));
    struct digest digest;
    int r = layers ? 0 : -ENOMEM;

    for (size_t k = 0; r == 0 && k < i->n_layers; k++)
        layers[k] = i->layers[k].blob; /* borrowed */
    if (r == 0)
        r = manifest_write(&i->config, layers, i->n_layers, &i->manifest_json, &i->manifest_len);
    if (r == 0)
        r = digest_of(DIGEST_SHA256, i->manifest_json, i->manifest_len, &digest);
    if (r == 0)
        r = descriptor_set(&i->manifest, MT_OCI_MANIFEST, &digest, i->manifest_len);
    return r < 0 ? err_errno(err, -r, "cannot write a manifest") : 0;
}

static int complete(struct making *m, struct source_image *i, struct err *err)
{
    int r = 0;

    for (size_t k = 0; r == 0 && k < i->n_layers; k++) {
        r = describe(m, &i->layers[k], err);
        if (r < 0)
            err_prefix(err, r, "layer %zu of %zu", k + 1, i->n_layers);
    }
    if (r == 0)
        r = write_manifest(i, err);
    return r < 0 && i->n_names ? err_prefix(err, r, "%s", i->names[0]) : r;
}

static void keep(void *layer)
{
    (void)layer;
}

int docker_manifests(struct container *c, const struct source_options *opt, struct image_list *l,
                     struct err *err)
{
    struct making m = {.container = c, .opt = opt};
    int r = 0;

    for (size_t i = 0; r == 0 && i < l->n; i++)
        r = complete(&m, &l->images[i], err);
    tdestroy(m.known, keep);
    return r;
}
