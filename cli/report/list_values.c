/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "report/page_values.h"
#include "report/palette.h"
#include "report/values.h"
#include "show/text.h"

/* Returns the list, or releases it after an error. */
static json_t *done(json_t *list, int r)
{
    if (r == 0)
        return list;
    json_decref(list);
    return NULL;
}

/* NAME: the number of a layer; NAME_colour. */
static int set_layer(json_t *o, uint32_t layer, uint32_t n)
{
    int r = values_number(o, "layer", layer + 1);

    return r == 0 ? values_number(o, "colour", palette_class(layer, n)) : r;
}

json_t *file_values(const struct image_map *m, uint32_t n)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < m->n_files; i++) {
        json_t *o = json_object();

        r = values_text(o, "path", m->files[i].path, TEXT_NAME);
        if (r == 0)
            r = values_size(o, "size", m->files[i].size);
        if (r == 0)
            r = set_layer(o, m->files[i].layer, n);
        r = values_add(list, o, r);
    }
    return done(list, r);
}

/* The layers of a directory, each with its colour and its part of a bar. */
static int set_shares(json_t *o, const struct map_node *node, uint32_t n)
{
    json_t *list = json_array();
    uint64_t x = 0;
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < MAP_SHARES && node->shares[i].size; i++) {
        const struct map_share *s = &node->shares[i];
        json_t *one = json_object();

        r = set_layer(one, s->layer, n);
        if (r == 0)
            r = values_hundredths(one, "x", x, node->size);
        if (r == 0)
            r = values_hundredths(one, "w", s->size, node->size);
        r = values_add(list, one, r);
        x += s->size;
    }
    if (r == 0)
        r = json_object_set(o, "shares", list) < 0 ? -ENOMEM : 0;
    json_decref(list);
    return r;
}

json_t *dir_values(const struct map_dirs *dirs, size_t max, uint32_t n)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 1; r == 0 && i < dirs->n && i <= max; i++) { /* without the root */
        const struct map_dir *d = &dirs->list[i];
        json_t *o = json_object();

        r = values_text(o, "path", d->path, TEXT_NAME);
        if (r == 0)
            r = values_size(o, "size", d->node->size);
        if (r == 0)
            r = values_number(o, "files", d->node->files);
        if (r == 0)
            r = values_percent(o, "percent", d->node->size, dirs->list[0].node->size);
        if (r == 0)
            r = values_number(o, "view", d->view);
        if (r == 0)
            r = set_shares(o, d->node, n);
        r = values_add(list, o, r);
    }
    return done(list, r);
}

/* ---- waste */

static int set_pair(json_t *o, const struct waste *w, const struct study_pair *p)
{
    uint32_t n = w->totals.n;

    if (!o || set_layer(o, p->from, n) < 0 || values_number(o, "by", p->by + 1) < 0 ||
        values_number(o, "by_colour", palette_class(p->by, n)) < 0 ||
        values_text(o, "how", waste_loss_name(p->loss), 0) < 0)
        return -ENOMEM;
    return values_size(o, "size", p->size);
}

json_t *pair_values(const struct waste *w)
{
    size_t n = w->totals.n_pairs < w->max ? w->totals.n_pairs : w->max;
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct study_pair *p = &w->totals.pairs[i];
        const char *from = w->commands[p->from], *by = w->commands[p->by];
        json_t *o = json_object();

        r = set_pair(o, w, p);
        if (r == 0)
            r = values_size(o, "blob", waste_pair_blob(w, p));
        if (r == 0)
            r = values_number(o, "files", p->files);
        if (r == 0)
            r = values_text(o, "advice", waste_advice(p->loss), 0);
        if (r == 0)
            r = values_text(o, "command", *from ? from : "not known", 0);
        if (r == 0)
            r = values_text(o, "by_command", *by ? by : "not known", 0);
        r = values_add(list, o, r);
    }
    return done(list, r);
}

json_t *dead_values(const struct waste *w)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < w->n_files; i++) {
        json_t *o = json_object();

        r = set_pair(o, w, &w->files[i].what);
        if (r == 0)
            r = values_text(o, "path", w->files[i].path, TEXT_NAME);
        r = values_add(list, o, r);
    }
    return done(list, r);
}

static int set_paths(json_t *o, const struct study_group *g)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < g->n_paths; i++) {
        json_t *one = json_object();

        r = values_add(list, one, values_text(one, "path", g->paths[i], TEXT_NAME));
    }
    if (r == 0)
        r = json_object_set(o, "paths", list) < 0 ? -ENOMEM : 0;
    json_decref(list);
    return r;
}

json_t *duplicate_values(const struct waste *w)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < w->duplicates.n; i++) {
        const struct study_group *g = &w->duplicates.groups[i];
        json_t *o = json_object();

        r = values_size(o, "size", g->size);
        if (r == 0)
            r = values_number(o, "copies", g->copies);
        if (r == 0)
            r = values_size(o, "lost", g->lost);
        if (r == 0)
            r = values_bool(o, "more", g->copies > g->n_paths);
        if (r == 0)
            r = set_paths(o, g);
        r = values_add(list, o, r);
    }
    return done(list, r);
}
