/* SPDX-License-Identifier: Apache-2.0 */
#include "study/duplicates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seen {
    uint64_t size, hash;
    uint32_t layer, number;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_content(const void *pa, const void *pb)
{
    const struct seen *a = pa, *b = pb;
    int c = compare_numbers(a->size, b->size);

    c = c ? c : compare_numbers(a->hash, b->hash);
    c = c ? c : compare_numbers(a->layer, b->layer);
    return c ? c : compare_numbers(a->number, b->number);
}

static int by_loss(const void *pa, const void *pb)
{
    const struct study_group *a = pa, *b = pb;
    int c = compare_numbers(b->lost, a->lost);

    c = c ? c : compare_numbers(b->size, a->size);
    return c ? c : compare_numbers(a->hash, b->hash);
}

const struct study_thing *study_visible_file(const struct study_path *p)
{
    const struct study_thing *last = p->n ? &p->events[p->n - 1].after : NULL;

    return last && last->exists && S_ISREG(last->inode.mode) ? last : NULL;
}

int study_duplicates_see(struct study_duplicates *d, const struct study_path *p)
{
    const struct study_thing *file = study_visible_file(p);

    if (!file || !file->inode.size)
        return 0;
    const struct seen s = {file->inode.size, file->inode.content_hash, file->layer, file->number};
    return buf_append(&d->seen, &s, sizeof s);
}

/* Returns the number of files in seen[0 .. n) with the content of the first; *ret_end is the index after the last. */
static uint64_t count_copies(const struct seen *seen, size_t n, size_t *ret_end)
{
    uint64_t copies = 0;
    size_t i = 0;

    for (; i < n && seen[i].size == seen[0].size && seen[i].hash == seen[0].hash; i++)
        copies += i == 0 || seen[i].layer != seen[i - 1].layer || seen[i].number != seen[i - 1].number;
    *ret_end = i;
    return copies;
}

static int make_groups(struct study_duplicates *d, const struct seen *seen, size_t n, struct buf *groups)
{
    for (size_t i = 0, end; i < n; i += end) {
        uint64_t copies = count_copies(seen + i, n - i, &end), lost;

        if (copies < 2)
            continue;
        if (__builtin_mul_overflow(copies - 1, seen[i].size, &lost))
            lost = UINT64_MAX;
        d->size = d->size > UINT64_MAX - lost ? UINT64_MAX : d->size + lost;

        const struct study_group g = {
            .size = seen[i].size, .hash = seen[i].hash, .copies = copies, .lost = lost};
        if (buf_append(groups, &g, sizeof g) < 0)
            return -ENOMEM;
    }
    return 0;
}

int study_duplicates_settle(struct study_duplicates *d, size_t max_groups)
{
    struct seen *seen = (struct seen *)(void *)d->seen.data;
    size_t n = d->seen.len / sizeof *seen;
    struct buf groups = BUF_INIT;
    int r;

    if (n)
        qsort(seen, n, sizeof *seen, by_content);
    r = make_groups(d, seen, n, &groups);
    buf_free(&d->seen);
    d->groups = (struct study_group *)(void *)groups.data;
    d->n = groups.len / sizeof *d->groups;
    if (d->n)
        qsort(d->groups, d->n, sizeof *d->groups, by_loss);
    d->n = d->n < max_groups ? d->n : max_groups;
    return r;
}

int study_duplicates_name(struct study_duplicates *d, const struct study_path *p, size_t max_paths)
{
    const struct study_thing *file = study_visible_file(p);

    for (size_t i = 0; file && i < d->n; i++) {
        struct study_group *g = &d->groups[i];

        if (g->size != file->inode.size || g->hash != file->inode.content_hash || g->n_paths >= max_paths)
            continue;
        if (!g->paths)
            g->paths = calloc(max_paths, sizeof *g->paths);
        if (!g->paths || !(g->paths[g->n_paths] = strdup(p->text)))
            return -ENOMEM;
        g->n_paths++;
    }
    return 0;
}

void study_duplicates_free(struct study_duplicates *d)
{
    for (size_t i = 0; i < d->n; i++) {
        for (size_t k = 0; k < d->groups[i].n_paths; k++)
            free(d->groups[i].paths[k]);
        free(d->groups[i].paths);
    }
    free(d->groups);
    buf_free(&d->seen);
    *d = (struct study_duplicates){0};
}
