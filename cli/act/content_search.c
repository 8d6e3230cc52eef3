/* SPDX-License-Identifier: Apache-2.0 */
#include "act/content_search.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "act/layer_content.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/image_study.h"
#include "tree/places.h"

enum {
    CHUNK = 1 << 20,
};

/* A search through the layers. */
struct search {
    struct store *store;
    struct content_wanted *wanted;
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
    uint64_t done, total;
    char *chunk;
    struct buf layers; /* struct digest, each once */
    struct buf found;  /* struct content_place_found */
    struct err *err;
};

/* Computes the SHA-256 of `size` bytes at `offset` of `fd`. UINT64_MAX: up to the end of the file; *size is set to
 * the number of bytes. */
static int hash_bytes(int fd, uint64_t offset, uint64_t *size, char *chunk, struct search *s,
                      struct digest *ret)
{
    struct digest_stream *stream = digest_stream_new(DIGEST_SHA256);
    uint64_t done = 0;
    int r = stream ? 0 : -ENOMEM;

    while (r == 0 && done < *size) {
        ssize_t n =
            pread(fd, chunk, *size - done < CHUNK ? (size_t)(*size - done) : CHUNK, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            r = n < 0 ? -errno : *size == UINT64_MAX ? 0 : -EUCLEAN;
            break;
        }
        done += (uint64_t)n;
        r = digest_stream_update(stream, chunk, (size_t)n);
        if (s && s->progress)
            s->progress(s->ctx, s->done + done, s->total);
    }
    if (r == 0)
        r = digest_stream_final(stream, ret);
    digest_stream_free(stream);
    *size = done;
    return r;
}

static int parse_digest(const char *word, struct digest *ret)
{
    int r = strchr(word, ':') ? digest_parse_str(word, ret) : digest_parse_hex(word, ret);

    return r == 0 && ret->alg == DIGEST_SHA256 ? 0 : -EINVAL;
}

int content_wanted_read(const char *word, struct content_wanted *ret, struct err *err)
{
    cleanup_free char *chunk = malloc(CHUNK);
    cleanup_fd int fd = -1;
    struct stat st;

    *ret = (struct content_wanted){.size = UINT64_MAX};
    if (parse_digest(word, &ret->digest) == 0)
        return 0;
    fd = open(word, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return err_set(err, ENOENT, "%s is neither a file nor a digest (sha256: and 64 digits)", word);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot open %s", word);
    if (!S_ISREG(st.st_mode))
        return err_set(err, EINVAL, "%s is no regular file", word);
    int r = chunk ? hash_bytes(fd, 0, &ret->size, chunk, NULL, &ret->digest) : -ENOMEM;
    ret->has_size = true;
    return r < 0 ? err_errno(err, -r, "cannot read %s", word) : 0;
}

/* Adds an image's layers that are not in the list yet. */
static int add_layers(struct search *s, const struct image *image)
{
    for (size_t i = 0; i < image->config.n_diff_ids; i++) {
        const struct digest *d = &image->config.diff_ids[i],
                            *known = (const struct digest *)(const void *)s->layers.data;
        size_t n = s->layers.len / sizeof *known;
        bool there = false;

        for (size_t k = 0; k < n && !there; k++)
            there = digest_equal(&known[k], d);
        if (!there && buf_append(&s->layers, d, sizeof *d) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int list_layers(struct search *s)
{
    struct catalog catalog = {0};
    int r = store_catalog(s->store, &catalog, s->err);

    for (size_t i = 0; r == 0 && i < catalog.n; i++) {
        struct image image = {0};

        r = store_load_image(s->store, &catalog.entries[i], &image, s->err);
        if (r == 0)
            r = add_layers(s, &image);
        image_free(&image);
    }
    catalog_free(&catalog);
    return r;
}

/* A layer's directory, and its table of places. */
struct opened_layer {
    int fd;
    struct places *places;
};

static int look_at(struct search *s, const struct digest *diff_id, const struct opened_layer *layer,
                   uint32_t number, const struct index_inode *in)
{
    struct content_place_found here = {*diff_id, number};
    uint64_t size = in->size, at = 0;
    struct digest digest;
    cleanup_fd int fd = -1;
    int r;

    if (s->wanted->has_size && size != s->wanted->size)
        return 0;
    if (size) {
        fd = layer_content_open(layer->fd, layer->places, in, &at);
        if (fd < 0)
            return fd;
    }
    r = hash_bytes(fd, at, &size, s->chunk, s, &digest);
    s->done += size;
    if (r < 0 || !digest_equal(&digest, &s->wanted->digest))
        return r;
    s->wanted->size = in->size;
    s->wanted->has_size = true;
    return buf_append(&s->found, &here, sizeof here);
}

static int search_layer(struct search *s, const struct digest *diff_id)
{
    cleanup_fd int dir = store_open_layer(s->store, diff_id, s->err);
    struct opened_layer layer = {.fd = dir};
    struct index *ix;
    char text[DIGEST_STRING_MAX];
    int r = dir < 0 ? dir : store_open_layer_index(s->store, diff_id, &ix, s->err);

    if (r < 0)
        return r;
    r = places_open(dir, &layer.places, NULL);
    for (uint64_t i = 1; r == 0 && i <= index_inodes(ix); i++) {
        struct index_inode in;

        r = index_inode(ix, i, &in);
        if (r == 0 && S_ISREG(in.mode) && !(in.flags & INODE_LOWER_LINK))
            r = look_at(s, diff_id, &layer, (uint32_t)i, &in);
    }
    places_free(layer.places);
    index_free(ix);
    return r < 0 ? err_errno(s->err, -r, "cannot read layer %s", digest_string(diff_id, text)) : 0;
}

/* Adds the bytes of all contents to the total. With a size, few contents are read, and the total is unknown. */
static int add_total(struct search *s, const struct digest *diff_id)
{
    struct index *ix;
    int r = store_open_layer_index(s->store, diff_id, &ix, s->err);

    if (r < 0)
        return r;
    s->total += index_content_size(ix);
    index_free(ix);
    return 0;
}

static int compare_places(const void *a, const void *b)
{
    static_assert(sizeof(struct content_place_found) == sizeof(struct digest) + 4,
                  "padding cannot be compared");
    return memcmp(a, b, sizeof(struct content_place_found));
}

int content_search_run(struct store *store, struct content_wanted *wanted,
                       void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
                       struct content_search *ret, struct err *err)
{
    cleanup_free char *chunk = malloc(CHUNK);
    struct search s = {
        .store = store, .wanted = wanted, .progress = progress, .ctx = ctx, .chunk = chunk, .err = err};
    int r = chunk ? list_layers(&s) : -ENOMEM;
    const struct digest *layers = (const struct digest *)(const void *)s.layers.data;
    size_t n = s.layers.len / sizeof *layers;

    for (size_t i = 0; r == 0 && !wanted->has_size && i < n; i++)
        r = add_total(&s, &layers[i]);
    if (wanted->has_size)
        s.progress = NULL; /* only files of this size are read */
    for (size_t i = 0; r == 0 && i < n; i++)
        r = search_layer(&s, &layers[i]);
    buf_free(&s.layers);
    *ret = (struct content_search){store, (struct content_place_found *)(void *)s.found.data,
                                   s.found.len / sizeof(struct content_place_found), wanted->size};
    if (ret->n)
        qsort(ret->found, ret->n, sizeof *ret->found, compare_places);
    return r == -ENOMEM ? err_set(err, ENOMEM, "out of memory") : r;
}

void content_search_free(struct content_search *c)
{
    free(c->found);
    *c = (struct content_search){0};
}

static bool is_found(const struct content_search *c, const struct digest *diff_id,
                     const struct study_thing *t)
{
    const struct content_place_found place = {*diff_id, t->number};

    return S_ISREG(t->inode.mode) && t->inode.size == c->size && c->n &&
           bsearch(&place, c->found, c->n, sizeof place, compare_places);
}

int content_search_names(const struct content_search *c, const struct image *image,
                         int (*tell)(void *ctx, const struct image *image, const struct content_name *name),
                         void *ctx, struct err *err)
{
    cleanup_image_study struct image_study study = {0};
    const struct study_path *p;
    int r = image_study_open(c->store, image, UINT32_MAX, &study, err);

    while (r == 0 && (r = study_next(study.study, &p)) > 0) {
        r = 0;
        for (size_t i = 0; r == 0 && i < p->n; i++) {
            const struct study_event *e = &p->events[i];

            if (e->own.kind != FACT_FILE || !is_found(c, &image->config.diff_ids[e->after.layer], &e->after))
                continue;
            cleanup_free char *path = strdup(p->text);
            const struct content_name name = {path, e->layer, e->hidden_by == STUDY_NEVER,
                                              e->hidden_by == STUDY_NEVER ? 0
                                                                          : p->events[e->hidden_by].layer};
            r = path ? tell(ctx, image, &name) : -ENOMEM;
        }
    }
    return r;
}
