/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_lint.h"

#include <errno.h>
#include <string.h>

#include "import/archive_scan.h"
#include "os/buf.h"
#include "show/image_study.h"
#include "study/key_table.h"
#include "tree/whiteout.h"

struct archive_lint {
    uint32_t layer;
    struct key_table names;
    struct buf clean; /* the current path, normalized: "a/b" */
    lint_tell_fn tell;
    void *ctx;
};

static int tell_image(lint_tell_fn tell, void *ctx, const char *rule, enum lint_severity severity,
                      uint32_t layer, const char *text)
{
    const struct lint_finding f = {rule, severity, layer, NULL, text};

    return tell(ctx, &f);
}

static int lint_config(const struct image *image, lint_tell_fn tell, void *ctx)
{
    const struct image_config *c = &image->config;
    size_t steps = 0;
    int r = 0;

    for (size_t i = 0; i < c->n_history; i++)
        steps += !c->history[i].empty_layer;
    if (c->n_history == 0 && c->n_diff_ids)
        r = tell_image(tell, ctx, "no-history", LINT_NOTE, STUDY_NEVER, "the config has no history");
    else if (steps != c->n_diff_ids)
        r = tell_image(tell, ctx, "history-count", LINT_WARNING, STUDY_NEVER,
                       "the number of steps with a layer in the history differs from the number of layers");
    for (size_t i = 0; r == 0 && i < c->n_diff_ids; i++) {
        for (size_t k = 0; r == 0 && k < i; k++) {
            if (digest_equal(&c->diff_ids[i], &c->diff_ids[k])) {
                r = tell_image(tell, ctx, "repeated-layer", LINT_NOTE, (uint32_t)i,
                               "the layer is in the image twice");
                break;
            }
        }
    }
    return r;
}

/* Normalizes "/a/./b//" to "a/b". *ret_up: a component is "..". */
static int clean_path(struct buf *b, const char *path, bool *ret_up)
{
    b->len = 0;
    *ret_up = false;
    while (*path) {
        size_t len = strcspn(path, "/");

        if (len && !(len == 1 && *path == '.')) {
            *ret_up |= len == 2 && memcmp(path, "..", 2) == 0;
            if ((b->len && buf_append(b, "/", 1) < 0) || buf_append(b, path, len) < 0)
                return -ENOMEM;
        }
        path += len + (path[len] == '/');
    }
    return buf_str(b) ? 0 : -ENOMEM;
}

/* FNV-1a. A collision would report a false duplicate. */
static uint64_t hash_path(const struct buf *b)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < b->len; i++)
        h = (h ^ (unsigned char)b->data[i]) * 1099511628211u;
    return h;
}

static int tell_entry(const struct archive_lint *l, const char *rule, enum lint_severity severity,
                      const char *path, const char *text)
{
    const struct lint_finding f = {rule, severity, l->layer, path, text};

    return l->tell(l->ctx, &f);
}

static int lint_whiteout(const struct archive_lint *l, const struct archive_scan_entry *e, const char *name)
{
    switch (whiteout_name(name, strlen(name), NULL)) {
    case WHITEOUT_NAME_LEFTOVER:
        return tell_entry(l, "bad-whiteout", LINT_WARNING, e->path,
                          "begins with .wh. and removes no name: a file of AUFS, or an invalid name");
    case WHITEOUT_NAME_REMOVES:
    case WHITEOUT_NAME_OPAQUE:
        return e->size || (e->type != '0' && e->type != 0)
                   ? tell_entry(l, "odd-whiteout", LINT_WARNING, e->path,
                                "a whiteout that is not an empty file")
                   : 0;
    case WHITEOUT_NAME_PLAIN:
        break;
    }
    return 0;
}

static int lint_entry(void *ctx, const struct archive_scan_entry *e)
{
    struct archive_lint *l = ctx;
    const char *slash, *name;
    bool up;
    size_t at;
    int r = clean_path(&l->clean, e->path, &up);

    if (r < 0)
        return r;
    slash = strrchr(l->clean.data, '/');
    name = slash ? slash + 1 : l->clean.data;
    if (*e->path == '/')
        r = tell_entry(l, "absolute-name", LINT_WARNING, e->path, "the name begins with a slash");
    if (r == 0 && up)
        r = tell_entry(l, "dot-dot", LINT_WARNING, e->path, "the name has .. in it");
    if (r == 0)
        r = lint_whiteout(l, e, name);
    if (r == 0 && e->link && e->size)
        r = tell_entry(l, "hardlink-with-content", LINT_WARNING, e->path, "a hard link with content");
    if (r == 0 && e->type == 'S')
        r = tell_entry(l, "sparse", LINT_WARNING, e->path,
                       "a sparse file of GNU tar, which docker does not read");
    if (r < 0)
        return r;
    r = key_table_add(&l->names, hash_path(&l->clean), &at);
    return r == 0  ? tell_entry(l, "duplicate-entry", LINT_ERROR, e->path,
                                "the archive has this name more than once")
           : r < 0 ? r
                   : 0;
}

static int lint_archive(struct store *s, const struct image *image, uint32_t layer, lint_tell_fn tell,
                        void *ctx, struct err *err)
{
    struct archive_lint l = {.layer = layer, .tell = tell, .ctx = ctx};
    cleanup_fd int fd = -1;
    int r;

    if (layer >= image->manifest.n_layers || !store_has_blob(s, &image->manifest.layers[layer].digest))
        return tell_image(tell, ctx, "no-blob", LINT_NOTE, layer,
                          "its archive is not in the store and was not read");
    fd = store_open_blob(s, &image->manifest.layers[layer].digest, NULL, err);
    r = fd < 0 ? fd : archive_scan(fd, lint_entry, &l, err);
    key_table_free(&l.names);
    buf_free(&l.clean);
    return r;
}

int image_lint(struct store *s, const struct image *image, void (*layer_begin)(void *ctx, uint32_t layer),
               lint_tell_fn tell, void *ctx, struct err *err)
{
    cleanup_image_study struct image_study study = {0};
    int r = lint_config(image, tell, ctx);

    for (uint32_t i = 0; r == 0 && i < image->config.n_diff_ids; i++) {
        if (layer_begin)
            layer_begin(ctx, i);
        r = lint_archive(s, image, i, tell, ctx, err);
    }
    if (r == 0)
        r = image_study_open(s, image, UINT32_MAX, &study, err);
    if (r == 0)
        r = study_lint(study.study, tell, ctx);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "cannot look at the image") : r;
}
