/* SPDX-License-Identifier: Apache-2.0 */
#include "show/image_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "show/config_diff.h"
#include "study/duplicates.h"

struct making {
    struct image_diff *d;
    struct buf changes; /* struct image_change */
    unsigned ignored;
};

void image_diff_free(struct image_diff *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->changes[i].path);
        free(d->changes[i].from);
    }
    for (size_t i = 0; i < d->n_config; i++) {
        free(d->config[i].member);
        free(d->config[i].before);
        free(d->config[i].after);
    }
    free(d->changes);
    free(d->config);
    *d = (struct image_diff){0};
}

static bool is_file(const struct study_thing *t)
{
    return t && !S_ISDIR(t->inode.mode);
}

static uint64_t content_of(const struct study_thing *t)
{
    return t && S_ISREG(t->inode.mode) ? t->inode.size : 0;
}

/* As for the layers of one image: a directory in a file's place removes the file. */
static void count(struct image_diff *d, const struct study_difference *x, unsigned differs)
{
    bool before = is_file(x->a), after = is_file(x->b);

    d->added += !before && after;
    d->removed += before && !after;
    if (before && after && differs & STUDY_DIFFERS_IN_CONTENT)
        d->changed++;
    else if (before && after)
        d->metadata++;
    if (!x->a || !x->b || differs & STUDY_DIFFERS_IN_CONTENT) {
        d->added_size += content_of(x->b);
        d->removed_size += content_of(x->a);
    }
}

static int note(void *ctx, const struct study_difference *x)
{
    struct making *m = ctx;
    const struct study_thing *t = x->b ? x->b : x->a;
    struct image_change c = {.kind = 'C', .listed = true, .differs = x->differs & ~m->ignored};

    /* An image without layers has a root too. */
    if ((x->a && x->b && !c.differs) || ((!x->a || !x->b) && strcmp(x->path, "/") == 0))
        return 0;
    count(m->d, x, c.differs);
    if (!x->a || !x->b)
        c.kind = x->b ? 'A' : 'D';
    c.listed = !(c.kind == 'D' && x->inside);
    c.mode = t->inode.mode;
    c.size = S_ISREG(c.mode) || S_ISLNK(c.mode) ? t->inode.size : 0;
    c.hash = S_ISREG(c.mode) ? t->inode.content_hash : 0;
    c.path = strdup(x->path);
    if (!c.path || buf_append(&m->changes, &c, sizeof c) < 0) {
        free(c.path);
        return -ENOMEM;
    }
    return 0;
}

/* ---- files that were moved or copied */

static bool has_content(const struct image_change *c)
{
    return S_ISREG(c->mode) && c->size;
}

static int by_content(const void *pa, const void *pb)
{
    const struct image_change *a = *(struct image_change *const *)pa, *b = *(struct image_change *const *)pb;

    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a > b) - (a < b); /* in the order of the walk */
}

/* Collects those of one kind that have content, sorted by it. */
static struct image_change **sorted(struct image_diff *d, char kind, size_t *ret_n)
{
    struct image_change **list = calloc(d->n + 1, sizeof(struct image_change *));
    size_t n = 0;

    for (size_t i = 0; list && i < d->n; i++) {
        if (d->changes[i].kind == kind && has_content(&d->changes[i]))
            list[n++] = &d->changes[i];
    }
    if (n)
        qsort(list, n, sizeof *list, by_content);
    *ret_n = n;
    return list;
}

static bool same_content(const struct image_change *a, const struct image_change *b)
{
    return a->size == b->size && a->hash == b->hash;
}

/* Matches each deleted file with one added file. */
static int find_moves(struct image_diff *d, struct image_change **added, size_t n_added)
{
    size_t n_deleted, k = 0;
    cleanup_free struct image_change **deleted = sorted(d, 'D', &n_deleted);

    if (!deleted)
        return -ENOMEM;
    for (size_t i = 0; i < n_added && k < n_deleted;) {
        if (same_content(added[i], deleted[k])) {
            added[i]->moved = true;
            added[i]->from = strdup(deleted[k++]->path);
            if (!added[i++]->from)
                return -ENOMEM;
            d->moved++;
        } else if (added[i]->size < deleted[k]->size ||
                   (added[i]->size == deleted[k]->size && added[i]->hash < deleted[k]->hash)) {
            i++;
        } else {
            k++;
        }
    }
    return 0;
}

/* Finds files of A that added ones are copies of: a second walk, only if added files are left. */
static int find_copies(struct image_diff *d, struct study *a, struct image_change **added, size_t n_added)
{
    const struct study_path *p;
    const struct study_thing *t;
    int r = study_rewind(a);

    while (r == 0 && n_added && (r = study_next_visible(a, &p, &t)) > 0) {
        const struct image_change key = {.size = t->inode.size, .hash = t->inode.content_hash};
        size_t low = 0, high = n_added;

        r = 0;
        if (!S_ISREG(t->inode.mode))
            continue;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            const struct image_change *c = added[middle];

            if (c->size < key.size || (c->size == key.size && c->hash < key.hash))
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < n_added && same_content(added[low], &key); low++) {
            if (added[low]->from)
                continue;
            added[low]->from = strdup(p->text);
            if (!added[low]->from)
                return -ENOMEM;
            d->copied++;
        }
    }
    return r;
}

static int find_sources(struct image_diff *d, struct study *a)
{
    size_t n = 0;
    cleanup_free struct image_change **added = sorted(d, 'A', &n);
    int r = added ? find_moves(d, added, n) : -ENOMEM;

    return r == 0 && d->moved < n ? find_copies(d, a, added, n) : r;
}

/* The digest of one of the layers of both; NULL for a branch's, which equals no other. */
static const struct digest *layer_digest(const struct image_study *a, const struct image_study *b, uint32_t i)
{
    const struct image_study *side = i < a->n ? a : b;
    uint32_t n = i < a->n ? i : i - a->n;

    return side->extra && n == side->n - 1 ? NULL : &side->image->config.diff_ids[n];
}

/* Numbers the layers of both: equal diff IDs get equal numbers. */
static void number_layers(const struct image_study *a, const struct image_study *b, uint32_t *ids)
{
    for (uint32_t i = 0; i < a->n + b->n; i++) {
        const struct digest *d = layer_digest(a, b, i);

        ids[i] = i;
        for (uint32_t k = 0; d && k < i && k < a->n; k++) {
            const struct digest *other = layer_digest(a, b, k);

            if (other && digest_equal(other, d)) {
                ids[i] = k;
                break;
            }
        }
    }
}

int image_diff_make(struct image_study *a, struct image_study *b, unsigned ignored, struct image_diff *ret,
                    struct err *err)
{
    cleanup_free uint32_t *ids = calloc(a->n + b->n + 1, sizeof *ids);
    struct making m = {.d = ret, .ignored = ignored};
    int r = -ENOMEM;

    *ret = (struct image_diff){0};
    if (ids) {
        const struct study_side sides[] = {{a->study, ids}, {b->study, ids + a->n}};

        number_layers(a, b, ids);
        r = study_compare(&sides[0], &sides[1], note, &m);
    }
    ret->changes = (struct image_change *)(void *)m.changes.data;
    ret->n = m.changes.len / sizeof *ret->changes;
    if (r == 0)
        r = find_sources(ret, a->study);
    if (r == 0)
        r = config_diff_make(a->image, b->image, ret, err);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "cannot compare the images") : r;
}
