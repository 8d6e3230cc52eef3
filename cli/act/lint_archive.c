/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the archive of a layer, in the order of its entries. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/lint_parts.h"
#include "import/archive_scan.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "study/key_table.h"
#include "tree/whiteout.h"

/* Paths are known by their hashes (FNV-1a). A collision would be a false finding. */
struct archive_lint {
    uint32_t layer;
    struct key_table names;   /* of the entries so far */
    struct key_table parents; /* directories above them */
    struct key_table removed; /* paths that whiteouts of the layer remove */
    struct key_table targets; /* of hard links, that no entry had named by then */
    struct buf clean;         /* the path at hand, normalized: "a/b" */
    lint_tell_fn tell;
    void *ctx;
};

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

static uint64_t hash_path(const char *path, size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)path[i]) * 1099511628211u;
    return h;
}

static int tell_entry(const struct archive_lint *l, const char *rule, enum lint_severity severity,
                      const char *path, const char *text)
{
    const struct lint_finding f = {rule, severity, l->layer, path, text};

    return l->tell(l->ctx, &f);
}

static bool has(const struct key_table *t, const char *path, size_t len)
{
    size_t at;

    return key_table_find(t, hash_path(path, len), &at) == 0;
}

static int add(struct key_table *t, const char *path, size_t len)
{
    size_t at;
    int r = key_table_add(t, hash_path(path, len), &at);

    return r < 0 ? r : 0;
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

/* Judges the name as it is written. */
static int lint_written(const struct archive_lint *l, const struct archive_scan_entry *e, bool up)
{
    static const char types[] = "01234567S";
    const char *path = e->path;
    size_t len = strlen(path);
    int r = 0;

    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (*e->path == '/')
        r = tell_entry(l, "absolute-name", LINT_WARNING, e->path, "the name begins with a slash");
    if (r == 0 && up)
        r = tell_entry(l, "dot-dot", LINT_WARNING, e->path, "the name has .. in it");
    if (r == 0 && (strstr(path, "//") || strstr(path, "/./") ||
                   (len > 1 && e->path[len - 1] == '/' && e->type != '5' && l->clean.len)))
        r = tell_entry(l, "odd-name", LINT_WARNING, e->path,
                       "the name has slashes or dots that mean nothing, or ends like a directory's");
    if (r == 0 && !l->clean.len)
        r = tell_entry(l, "root-entry", LINT_NOTE, e->path,
                       "an entry for the root, which some engines ignore");
    if (r == 0 && e->type && !strchr(types, e->type))
        r = tell_entry(l, "unknown-type", LINT_WARNING, e->path,
                       "the type of the entry is not in the specification");
    return r;
}

/* Hard links to entries that come later. */
static int lint_link(struct archive_lint *l, const struct archive_scan_entry *e)
{
    cleanup_buf struct buf target = BUF_INIT;
    bool up;
    int r = 0;

    if (e->link && e->size)
        r = tell_entry(l, "hardlink-with-content", LINT_WARNING, e->path,
                       "a hard link that has a content of its own");
    if (r == 0 && has(&l->targets, l->clean.data, l->clean.len) &&
        !has(&l->names, l->clean.data, l->clean.len))
        r = tell_entry(l, "link-before-target", LINT_WARNING, e->path,
                       "a hard link of the archive names this entry before it");
    if (r < 0 || !e->link)
        return r;
    r = clean_path(&target, e->link, &up);
    return r < 0 || has(&l->names, target.data, target.len) ? r : add(&l->targets, target.data, target.len);
}

/* Whiteouts beside entries of the same layer for that path or beneath it. */
static int lint_removed(struct archive_lint *l, const struct archive_scan_entry *e, const char *name)
{
    static const char text[] = "the layer removes the path, and has an entry there or beneath it";
    const char *removed = NULL;
    size_t dir = (size_t)(name - l->clean.data), len;
    cleanup_free char *path = NULL;
    int r;

    if (whiteout_name(name, strlen(name), &removed) == WHITEOUT_NAME_PLAIN) {
        for (size_t n = l->removed.n ? l->clean.len : 0; n > 0; n--) {
            if ((n == l->clean.len || l->clean.data[n] == '/') && has(&l->removed, l->clean.data, n))
                return tell_entry(l, "whiteout-and-entry", LINT_WARNING, e->path, text);
        }
        return 0;
    }
    if (!removed)
        return 0;
    len = dir + strlen(removed);
    path = malloc(len + 1);
    if (!path)
        return -ENOMEM;
    memcpy(path, l->clean.data, dir);
    strcpy(path + dir, removed);
    r = add(&l->removed, path, len);
    if (r == 0 && (has(&l->names, path, len) || has(&l->parents, path, len)))
        r = tell_entry(l, "whiteout-and-entry", LINT_WARNING, e->path, text);
    return r;
}

/* Directories above: an entry for one must come before them. */
static int lint_parents(struct archive_lint *l, const struct archive_scan_entry *e)
{
    int r = 0;

    if (e->type == '5' && has(&l->parents, l->clean.data, l->clean.len) &&
        !has(&l->names, l->clean.data, l->clean.len))
        r = tell_entry(
            l, "late-parent", LINT_WARNING, e->path,
            "the directory comes after entries beneath it, and takes its time from them in some tools");
    for (size_t n = l->clean.len; r == 0 && n-- > 0;) {
        if (l->clean.data[n] != '/')
            continue;
        if (has(&l->parents, l->clean.data, n))
            break;
        r = add(&l->parents, l->clean.data, n);
    }
    return r;
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
    r = lint_written(l, e, up);
    if (r == 0)
        r = lint_whiteout(l, e, name);
    if (r == 0)
        r = lint_removed(l, e, name);
    if (r == 0)
        r = lint_link(l, e);
    if (r == 0)
        r = lint_parents(l, e);
    if (r == 0 && e->type == 'S')
        r = tell_entry(l, "sparse", LINT_WARNING, e->path,
                       "a sparse file of GNU tar, which docker does not read");
    if (r < 0)
        return r;
    r = key_table_add(&l->names, hash_path(l->clean.data, l->clean.len), &at);
    return r == 0  ? tell_entry(l, "duplicate-entry", LINT_ERROR, e->path,
                                "the archive has this name more than once")
           : r < 0 ? r
                   : 0;
}

/* Compares the compression of the media type with that of the bytes. */
static int lint_type(int fd, const struct descriptor *d, const struct archive_lint *l)
{
    unsigned char magic[4] = {0};
    ssize_t n = pread(fd, magic, sizeof magic, 0);
    bool gzip = n >= 2 && magic[0] == 0x1f && magic[1] == 0x8b,
         zstd = n == 4 && magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f && magic[3] == 0xfd;
    bool says_gzip = strstr(d->media_type, "gzip") != NULL, says_zstd = strstr(d->media_type, "zstd") != NULL;

    if (n <= 0 || !*d->media_type || (gzip == says_gzip && zstd == says_zstd))
        return 0;
    return tell_entry(l, "media-type", LINT_WARNING, NULL,
                      "the blob is compressed otherwise than its media type says");
}

int lint_archive(struct store *s, const struct image *image, uint32_t layer, lint_tell_fn tell, void *ctx,
                 struct err *err)
{
    struct archive_lint l = {.layer = layer, .tell = tell, .ctx = ctx, .clean = BUF_INIT};
    cleanup_fd int fd = -1;
    int r;

    if (layer >= image->manifest.n_layers || !store_has_blob(s, &image->manifest.layers[layer].digest))
        return tell_entry(&l, "no-blob", LINT_NOTE, NULL, "its archive is not in the store and was not read");
    fd = store_open_blob(s, &image->manifest.layers[layer].digest, NULL, err);
    r = fd < 0 ? fd : lint_type(fd, &image->manifest.layers[layer], &l);
    if (r == 0)
        r = archive_scan(fd, lint_entry, &l, err);
    key_table_free(&l.names);
    key_table_free(&l.parents);
    key_table_free(&l.removed);
    key_table_free(&l.targets);
    buf_free(&l.clean);
    return r;
}
