/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_values.h"
#include "report/values.h"
#include "show/differs.h"
#include "show/text.h"

/* A listed change, with the size of everything in it. */
struct weighed {
    const struct image_change *change;
    uint64_t size;
    size_t place;
};

static int largest_first(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;

    if (a->size != b->size)
        return a->size < b->size ? 1 : -1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Returns the listed changes in the order of size; the changes in a deleted directory follow it and count there. */
static struct weighed *weigh(const struct image_diff *d, size_t *ret_n)
{
    struct weighed *list = calloc(d->n + 1, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; list && i < d->n; i++) {
        const struct image_change *c = &d->changes[i];

        if (c->listed)
            list[n++] = (struct weighed){c, c->size, i};
        else if (n)
            list[n - 1].size += c->size;
    }
    if (n)
        qsort(list, n, sizeof *list, largest_first);
    *ret_n = n;
    return list;
}

static const char *letter(char kind)
{
    return kind == 'A' ? "A" : kind == 'C' ? "C" : "D";
}

static const char *word(char kind)
{
    return kind == 'A' ? "added" : kind == 'C' ? "changed" : "deleted";
}

static int set_kind(json_t *o, char kind)
{
    int r = values_text(o, "letter", letter(kind), 0);

    return r == 0 ? values_text(o, "change", word(kind), 0) : r;
}

static int add_change(json_t *list, const struct weighed *w)
{
    const struct image_change *c = w->change;
    cleanup_buf struct buf differs = BUF_INIT;
    json_t *o = json_object();
    int r = differs_text(&differs, c->differs);

    if (r == 0 &&
        (!buf_str(&differs) || set_kind(o, c->kind) < 0 || values_size(o, "size", w->size) < 0 ||
         values_text(o, "path", c->path, TEXT_NAME) < 0 || values_text(o, "differs", differs.data, 0) < 0 ||
         values_text(o, "from_word",
                     !c->from   ? ""
                     : c->moved ? "moved from"
                                : "copied from",
                     0) < 0 ||
         values_text(o, "from", c->from, TEXT_NAME) < 0))
        r = -ENOMEM;
    return values_add(list, o, r);
}

static json_t *changes(const struct image_diff *d, size_t max, size_t *ret_all)
{
    cleanup_free struct weighed *all = weigh(d, ret_all);
    json_t *list = json_array();
    int r = all && list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < *ret_all && i < max; i++)
        r = add_change(list, &all[i]);
    if (r == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *config_changes(const struct image_diff *d, size_t max)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < d->n_config && i < max; i++) {
        const struct config_change *c = &d->config[i];
        json_t *o = json_object();

        if (!o ||
            set_kind(o, !c->before  ? 'A'
                        : !c->after ? 'D'
                                    : 'C') < 0 ||
            values_text(o, "member", c->member, 0) < 0 || values_text(o, "before", c->before, 0) < 0 ||
            values_text(o, "after", c->after, 0) < 0)
            r = -ENOMEM;
        r = values_add(list, o, r);
    }
    if (r == 0)
        return list;
    json_decref(list);
    return NULL;
}

static int set_sums(json_t *o, const struct image_diff *d)
{
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"added", d->added},     {"changed", d->changed}, {"metadata", d->metadata},
        {"removed", d->removed}, {"moved", d->moved},     {"copied", d->copied},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof members / sizeof *members; i++)
        r = values_number(o, members[i].name, members[i].value);
    if (r == 0)
        r = values_size(o, "added_size", d->added_size);
    return r == 0 ? values_size(o, "removed_size", d->removed_size) : r;
}

json_t *diff_values(const struct image_diff *d, size_t max)
{
    size_t all = 0;
    json_t *o = json_object(), *paths = changes(d, max, &all), *config = config_changes(d, CONFIG_ROWS_MAX);
    int r = o && paths && config ? set_sums(o, d) : -ENOMEM;

    if (r == 0 &&
        (json_object_set(o, "paths", paths) < 0 || json_object_set(o, "config", config) < 0 ||
         values_number(o, "all", all) < 0 || values_number(o, "listed", json_array_size(paths)) < 0 ||
         values_bool(o, "has_paths", json_array_size(paths)) < 0 ||
         values_bool(o, "has_config", json_array_size(config)) < 0 ||
         values_bool(o, "more", all > json_array_size(paths)) < 0 ||
         values_bool(o, "config_more", d->n_config > CONFIG_ROWS_MAX) < 0))
        r = -ENOMEM;
    json_decref(paths);
    json_decref(config);
    if (r == 0)
        return o;
    json_decref(o);
    return NULL;
}
