/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void state_say(struct explorer *e, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, args);
    va_end(args);
}

void state_failed(struct explorer *e, int r)
{
    if (r >= 0)
        return;
    state_say(e, "%s", r == -ENOMEM ? "out of memory" : *e->err.text ? e->err.text : strerror(-r));
    e->err.text[0] = 0;
}

static uint32_t count_layers(const struct image *image)
{
    return image ? (uint32_t)image->config.n_diff_ids : 0;
}

int state_open(struct explorer *e, struct store *store, const struct image *image, struct store *second_store,
               const struct image *second, struct err *err)
{
    uint32_t a, b;
    int r = explore_images_open(&e->images, store, image, second_store, second, &e->err);

    if (r < 0)
        return err_set(err, -r, "%s", e->err.text);
    r = layer_list_init(&e->layers, count_layers(image), second, count_layers(second));
    if (r < 0)
        return err_set(err, ENOMEM, "out of memory");
    layer_list_chosen(&e->layers, &a, &b);
    explore_images_view(&e->images, a, b, &e->view);
    rows_init(&e->tree, &e->view);
    rows_init(&e->found, &e->view);
    r = rows_reload(&e->tree);
    if (r < 0)
        return err_set(err, -r, "%s", r == -ENOMEM ? "out of memory" : e->err.text);
    r = worker_start(&e->images, &e->worker, err);
    if (r < 0)
        return r;
    worker_view(e->worker, e->generation, a, b);
    state_ask(e);
    for (size_t i = 0; r == 0 && i < e->images.n; i++)
        r = worker_ask_totals(e->worker, i);
    return r < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}

void state_close(struct explorer *e)
{
    worker_stop(e->worker);
    rows_free(&e->tree);
    rows_free(&e->found);
    layer_list_free(&e->layers);
    for (size_t i = 0; i < 2; i++)
        study_totals_free(&e->totals[i]);
    explore_images_close(&e->images);
    buf_free(&e->filter);
    buf_free(&e->input);
    free(e->saving);
}

void state_ask(struct explorer *e)
{
    struct rows *t = &e->tree;
    int r = 0;

    if (!t->root_asked) {
        r = worker_ask_sums(e->worker, "");
        t->root_asked = true;
    }
    for (size_t i = 0; r == 0 && i < t->n; i++) {
        cleanup_buf struct buf path = BUF_INIT;

        if (!t->v[i].open || t->v[i].sums_asked)
            continue;
        r = rows_path(t, i, &path);
        if (r == 0)
            r = worker_ask_sums(e->worker, path.data);
        t->v[i].sums_asked = true;
    }
    state_failed(e, r);
}

/* Begins a search anew, if there is a filter. */
static void search(struct explorer *e)
{
    const char *text = e->filter.len ? buf_str(&e->filter) : NULL;

    rows_flat_begin(&e->found);
    e->found.sort = e->tree.sort;
    e->found_top = 0;
    e->found_more = false;
    e->searching = text != NULL;
    state_failed(e, worker_ask_search(e->worker, text, e->tree.kinds, ++e->search));
}

void state_view(struct explorer *e)
{
    uint32_t a, b;

    layer_list_chosen(&e->layers, &a, &b);
    explore_images_view(&e->images, a, b, &e->view);
    worker_view(e->worker, ++e->generation, a, b);
    state_failed(e, rows_reload(&e->tree));
    if (e->filter.len)
        search(e);
}

void state_kinds(struct explorer *e, unsigned kinds)
{
    e->tree.kinds = kinds;
    worker_view(e->worker, ++e->generation, e->view.a.upto, e->view.b.upto);
    state_failed(e, rows_reload(&e->tree));
    if (e->filter.len)
        search(e);
}

void state_sort(struct explorer *e)
{
    e->tree.sort = e->tree.sort == ROWS_BY_NAME ? ROWS_BY_SIZE : ROWS_BY_NAME;
    e->found.sort = e->tree.sort;
    state_failed(e, rows_order(&e->tree));
    state_failed(e, rows_order(&e->found));
}

void state_filter(struct explorer *e, const char *text, size_t len)
{
    e->filter.len = 0;
    if (len && buf_append(&e->filter, text, len) < 0)
        state_failed(e, -ENOMEM);
    search(e);
}

void state_reveal(struct explorer *e)
{
    cleanup_free char *path = NULL;
    int r;

    if (e->found.cursor >= e->found.n || !(path = strdup(e->found.v[e->found.cursor].name)))
        return;
    state_filter(e, NULL, 0);
    r = rows_reveal(&e->tree, path);
    if (r == -ENOENT)
        state_say(e, "the tree does not show %s", path);
    else
        state_failed(e, r);
}

/* Takes rows of the search over. */
static int take_found(struct explorer *e, struct worker_answer *a)
{
    if (a->size != e->search)
        return 0;
    for (size_t i = 0; i < a->rows.n; i++) {
        int r = rows_flat_take(&e->found, &a->rows.v[i]);
        if (r < 0)
            return r;
    }
    if (a->last)
        e->searching = false;
    e->found_more |= a->more;
    return rows_order(&e->found);
}

void state_take_answers(struct explorer *e)
{
    bool moved = false;

    for (struct worker_answer *a; (a = worker_take(e->worker)); worker_answer_free(a)) {
        bool changed = false;

        if (a->kind == WORKER_TOTALS) {
            study_totals_free(&e->totals[a->image]);
            e->totals[a->image] = a->totals;
            a->totals = (struct study_totals){0};
            e->totals_known[a->image] = true;
        } else if (a->generation != e->generation) {
            continue;
        } else if (a->kind == WORKER_SUM) {
            rows_set_sum(&e->tree, a->path, a->size, &changed);
            moved |= changed;
        } else if (a->kind == WORKER_FOUND) {
            state_failed(e, take_found(e, a));
        } else {
            state_say(e, "%s", a->path ? a->path : "out of memory");
            e->searching = false;
        }
    }
    if (moved)
        state_failed(e, rows_order(&e->tree));
}
