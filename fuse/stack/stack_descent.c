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

/* Puts `redirect` in the place of the component at start .. end of the text, or of all of it up to `end`. */
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

/* A path is asked for in the layers themselves, whatever directory the name was looked up in. */
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
    if (d->layers->no_redirects) /* where nothing is below it, nothing is looked for */
        return d->next < d->n ? -EPERM : 0;
    r = rewrite(d, 0, strlen(d->text), ret->redirect);
    if (r == 0 && d->text[0] == '/')
        go_on_from_roots(d, dir->layer);
    return r;
}

/* State of walking a path in one layer. */
struct path_walk {
    struct place *at;  /* a reference */
    size_t start, end; /* the component that is asked for next */
    bool stop;         /* something on the way hides what lower layers have there */
};

static void next_component(const struct descent *d, struct path_walk *w)
{
    w->start = w->end + 1;
    w->end = w->start + strcspn(d->text + w->start, "/");
}

/* Asks for one component. 1 when the next is to be asked for, 0 when *ret is the layer's answer. */
static int ask_component(struct descent *d, struct path_walk *w, struct answer *ret)
{
    bool last = d->text[w->end] == 0;
    int r = stack_ask(d->layers, w->at, d->text + w->start, w->end - w->start, d->next < d->n, ret);
    if (r < 0)
        return r;
    if (ret->redirect) {
        size_t behind = strlen(d->text + w->end);
        r = rewrite(d, w->start, w->end, ret->redirect);
        if (r < 0)
            return r;
        w->end = strlen(d->text) - behind;
        /* An absolute path leads away from whatever hid things on the way. */
        if (ret->redirect[0] == '/')
            w->stop = false;
    }
    if (last) {
        /* Metadata says by itself that its content is below: the kernel looks there whatever was on the way.
         */
        w->stop = w->stop && !(ret->fact.kind == FACT_FILE && ret->metacopy);
        return 0;
    }
    /* What is no directory ends the path, here and below; what is covered cannot be looked into. */
    if (ret->fact.kind == FACT_FILE || (ret->fact.kind == FACT_DIR && !ret->place))
        ret->fact.kind = FACT_WHITEOUT;
    if (ret->fact.kind != FACT_DIR)
        return 0;
    w->stop = w->stop || ret->fact.opaque || ret->fact.replaces;
    place_unref(d->layers, w->at);
    w->at = steal_ptr(&ret->place);
    answer_done(d->layers, ret);
    return 1;
}

static int ask_path(struct descent *d, struct place *root, struct answer *ret)
{
    struct path_walk w = {.at = place_ref(root)};
    int r;
    do {
        next_component(d, &w);
        r = ask_component(d, &w, ret);
    } while (r > 0);
    if (w.stop)
        d->next = d->n;
    place_unref(d->layers, w.at);
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
