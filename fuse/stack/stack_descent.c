/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_descent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/buf.h"

/* Relative redirects can make a path longer at each layer. */
#define PATH_LIMIT 65536

void descent_init(struct descent *d, struct stack_layers *l, struct place *const *places, unsigned n,
                  unsigned first, const char *name)
{
    *d = (struct descent){l, places, n, first, name, NULL};
}

void descent_done(struct descent *d)
{
    free(d->owned);
    d->owned = NULL;
}

/* Replace the component from start to end of the text, or all of it up to `end`, by `redirect`. */
static int rewrite(struct descent *d, size_t start, size_t end, const char *redirect)
{
    cleanup_buf struct buf text = BUF_INIT;
    if (redirect[0] != '/' && buf_append(&text, d->text, start) < 0)
        return -ENOMEM;
    if (buf_append(&text, redirect, strlen(redirect)) < 0 ||
        buf_append(&text, d->text + end, strlen(d->text + end)) < 0 || !buf_str(&text))
        return -ENOMEM;
    if (text.len > PATH_LIMIT)
        return -EUCLEAN;
    free(d->owned);
    d->text = d->owned = steal_ptr(&text.data);
    return 0;
}

/* Continue at the layers' roots: a path does not depend on the directory of the lookup. */
static void go_on_from_roots(struct descent *d, unsigned layer)
{
    d->places = d->layers->roots;
    d->n = d->layers->n_visible;
    d->next = layer + 1;
}

static int ask_name(struct descent *d, struct place *dir, struct answer *ret)
{
    int r = stack_ask(d->layers, dir, d->text, strlen(d->text), d->next < d->n, ret);
    if (r < 0 || !ret->redirect)
        return r;
    if (d->layers->no_redirects) /* with nothing below, there is no lookup */
        return d->next < d->n ? -EPERM : 0;
    r = rewrite(d, 0, strlen(d->text), ret->redirect);
    if (r == 0 && d->text[0] == '/')
        go_on_from_roots(d, dir->layer);
    return r;
}

/* State of a path walk in one layer. */
struct path_walk {
    struct place *place;         /* a reference */
    size_t name_start, name_end; /* the next component */
    bool stop;                   /* a component on the path hides the lower layers */
};

static void next_component(const struct descent *d, struct path_walk *w)
{
    w->name_start = w->name_end + 1;
    w->name_end = w->name_start + strcspn(d->text + w->name_start, "/");
}

/* Ask for one component. 1 to continue with the next, 0 when *ret is the layer's answer. */
static int ask_component(struct descent *d, struct path_walk *w, struct answer *ret)
{
    bool last = d->text[w->name_end] == 0;
    int r = stack_ask(d->layers, w->place, d->text + w->name_start, w->name_end - w->name_start,
                      d->next < d->n, ret);
    if (r < 0)
        return r;
    if (ret->redirect) {
        size_t behind = strlen(d->text + w->name_end);
        r = rewrite(d, w->name_start, w->name_end, ret->redirect);
        if (r < 0)
            return r;
        w->name_end = strlen(d->text) - behind;
        /* An absolute path leaves the directories whose marks hide lower layers. */
        if (ret->redirect[0] == '/')
            w->stop = false;
    }
    if (last) {
        /* A metacopy's content is below by definition: the kernel looks there despite opaque directories on
         * the path. */
        w->stop = w->stop && !(ret->fact.kind == FACT_FILE && ret->metacopy);
        return 0;
    }
    /* A non-directory ends the path, here and below; a covered directory cannot be searched. */
    if (ret->fact.kind == FACT_FILE || (ret->fact.kind == FACT_DIR && !ret->place))
        ret->fact.kind = FACT_WHITEOUT;
    if (ret->fact.kind != FACT_DIR)
        return 0;
    w->stop = w->stop || ret->fact.opaque || ret->fact.replaces;
    place_unref(d->layers, w->place);
    w->place = steal_ptr(&ret->place);
    answer_done(d->layers, ret);
    return 1;
}

static int ask_path(struct descent *d, struct place *root, struct answer *ret)
{
    struct path_walk w = {.place = place_ref(root)};
    int r;
    do {
        next_component(d, &w);
        r = ask_component(d, &w, ret);
    } while (r > 0);
    if (w.stop)
        d->next = d->n;
    place_unref(d->layers, w.place);
    return r;
}

int descent_next(struct descent *d, struct answer *ret)
{
    if (d->next >= d->n)
        return 0;
    struct place *dir = d->places[d->next++];
    int r = d->text[0] == '/' ? ask_path(d, dir, ret) : ask_name(d, dir, ret);
    if (r < 0) {
        answer_done(d->layers, ret);
        return r;
    }
    return 1;
}
