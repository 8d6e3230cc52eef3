/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"
#include "stack/stack_stat.h"

/* Result of the descent so far. */
struct gathered {
    struct resolver resolver;
    int steps;
    struct answer top;     /* decides type and metadata */
    struct place **places; /* directories to merge; references */
    unsigned n;
};

static void gathered_done(struct stack_layers *l, struct gathered *g)
{
    for (unsigned i = 0; i < g->n; i++)
        place_unref(l, g->places[i]);
    free(g->places);
    answer_done(l, &g->top);
}

static int keep_place(struct gathered *g, struct place *p)
{
    struct place **bigger = array_room(g->places, g->n, sizeof *bigger);

    if (!bigger)
        return -ENOMEM;
    g->places = bigger;
    g->places[g->n++] = place_ref(p);
    return 0;
}

/* Add the next layer's answer, and take over its members. */
static int gather(struct stack_layers *l, struct gathered *g, struct answer *a)
{
    int r = 0;
    int step = g->steps++;
    if (resolve_step(&g->resolver, a->fact) && a->place)
        r = keep_place(g, a->place);
    if (g->resolver.top == step) {
        g->top = *a;
        return r;
    }
    answer_done(l, a);
    return r;
}

/* Find the content of a metacopy: the next lower layer with a whole file. Without one the file can be looked
 * at, but not read. */
static int find_content(struct stack_layers *l, struct descent *d, struct spot *spot)
{
    struct answer a;
    int r;
    spot->no_content = true;
    while ((r = descent_next(d, &a)) > 0) {
        bool file = a.fact.kind == FACT_FILE && S_ISREG(a.st.st_mode);
        if (file && !a.metacopy) {
            spot->content = spot_new(a.in, a.name, strlen(a.name));
            spot->no_content = false;
        }
        bool go_on = a.fact.kind == FACT_ABSENT || (file && a.metacopy);
        answer_done(l, &a);
        if (!go_on)
            return spot->no_content || spot->content ? 0 : -ENOMEM;
    }
    return r;
}

static int found_file(struct stack_layers *l, struct descent *d, const struct answer *top, struct found *ret)
{
    struct spot *spot = spot_new(top->in, top->name, strlen(top->name));
    if (!spot)
        return -ENOMEM;
    int r = top->metacopy ? find_content(l, d, spot) : 0;
    if (r < 0) {
        spot_unref(l, spot);
        return r;
    }
    *ret = (struct found){top->st, spot, NULL};
    return 0;
}

/* Build the merged directory. */
static struct stack_dir *merged_dir(struct gathered *g)
{
    struct stack_dir *dir = stack_dir_new(g->n);
    if (dir && g->n > 0) { /* none below a covered one */
        memcpy(dir->places, g->places, g->n * sizeof(*g->places));
        g->n = 0;
    }
    return dir;
}

static int found_dir(struct stack_layers *l, struct gathered *g, struct found *ret)
{
    const struct answer *top = &g->top;
    struct spot *spot = spot_new(top->in, top->name, strlen(top->name));
    struct stack_dir *dir = merged_dir(g);
    if (!spot || !dir) {
        spot_unref(l, spot);
        stack_dir_unref(l, dir);
        return -ENOMEM;
    }
    *ret = (struct found){top->st, spot, dir};
    return 0;
}

int stack_find(struct stack_layers *l, const struct stack_dir *dir, unsigned first, const char *name,
               size_t len, struct found *ret)
{
    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    char text[NAME_MAX + 1];
    memcpy(text, name, len);
    text[len] = 0;
    struct gathered g = {.resolver = RESOLVER_INIT};
    struct descent d;
    descent_init(&d, l, dir->places, dir->n, first, text);
    int r = 0;
    while (!g.resolver.done) {
        struct answer a;
        r = descent_next(&d, &a);
        if (r > 0)
            r = gather(l, &g, &a);
        else
            resolve_end(&g.resolver);
        if (r < 0)
            break;
    }
    if (r == 0 && g.resolver.result == RESOLVED_NONE)
        r = -ENOENT;
    if (r == 0)
        r = g.resolver.result == RESOLVED_DIR ? found_dir(l, &g, ret) : found_file(l, &d, &g.top, ret);
    descent_done(&d);
    gathered_done(l, &g);
    return r;
}

int stack_find_root(struct stack_layers *l, struct stack_dir **ret, struct stat *ret_st)
{
    struct resolver resolver = RESOLVER_INIT;
    unsigned n = 0;
    for (unsigned i = 0; i < l->n && !resolver.done; i++) {
        struct fact fact;
        int r = stack_ask_root(l, i, &fact);
        if (r < 0)
            return r;
        if (resolve_step(&resolver, fact))
            n++;
    }
    resolve_end(&resolver);
    l->n_visible = n;
    int r = stack_stat_root(l, 0, ret_st);
    if (r < 0)
        return r;
    *ret = stack_dir_new(n);
    if (!*ret)
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++)
        (*ret)->places[i] = place_ref(l->roots[i]);
    return 0;
}
