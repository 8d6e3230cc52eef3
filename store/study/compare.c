/* SPDX-License-Identifier: Apache-2.0 */
#include "study/compare.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"

/* The position of one of the two walks. */
struct place {
    const struct study_side *side;
    const struct study_path *path;
    const struct study_thing *thing;
    int more; /* the return value of study_next */
};

struct comparison {
    struct place a, b;
    uint32_t common; /* number of equal bottom layers */
    struct buf gone; /* the last directory of A found deleted, NUL-terminated; its contents are deleted with
                      * it */
    int (*tell)(void *ctx, const struct study_difference *d);
    void *ctx;
};

int study_next_visible(struct study *s, const struct study_path **ret, const struct study_thing **ret_thing)
{
    const struct study_path *p;
    int r;

    while ((r = study_next(s, &p)) > 0) {
        const struct study_thing *last = p->n ? &p->events[p->n - 1].after : NULL;

        if (!last || !last->exists || !S_ISDIR(last->inode.mode))
            study_skip(s);
        if (!last || !last->exists)
            continue;
        *ret = p;
        *ret_thing = last;
        break;
    }
    return r;
}

static void advance(struct place *p)
{
    p->more = study_next_visible(p->side->study, &p->path, &p->thing);
}

/* Directories come before their contents, so a slash sorts before every other byte. */
int study_compare_paths(const struct study_path *pa, const struct study_path *pb)
{
    const char *a = pa->depth ? pa->text : "", *b = pb->depth ? pb->text : "";

    while (*a && *a == *b) {
        a++;
        b++;
    }
    if (*a == *b)
        return 0;
    if (!*a || !*b)
        return *a ? 1 : -1;
    if (*a == '/' || *b == '/')
        return *a == '/' ? -1 : 1;
    return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static bool is_inside(const struct comparison *c, const char *path)
{
    size_t len = c->gone.len;

    return len && strncmp(path, c->gone.data, len) == 0 && path[len] == '/';
}

static int leave(struct comparison *c, const struct study_path *p)
{
    c->gone.len = 0;
    return buf_append(&c->gone, p->text, p->len);
}

static int only_in_a(struct comparison *c)
{
    struct study_difference d = {.path = c->a.path->text, .a = c->a.thing};
    int r = 0;

    d.inside = is_inside(c, d.path);
    if (!d.inside && S_ISDIR(d.a->inode.mode))
        r = leave(c, c->a.path);
    if (r == 0)
        r = c->tell(c->ctx, &d);
    advance(&c->a);
    return r;
}

static int only_in_b(struct comparison *c)
{
    const struct study_difference d = {.path = c->b.path->text, .b = c->b.thing};
    int r = c->tell(c->ctx, &d);

    advance(&c->b);
    return r;
}

static bool is_common(const struct comparison *c, const struct place *p)
{
    return p->path->events[p->path->n - 1].layer < c->common;
}

static int in_both(struct comparison *c)
{
    const struct study_thing *a = c->a.thing, *b = c->b.thing;
    struct study_difference d = {.path = c->a.path->text, .a = a, .b = b};
    int r = 0;

    if (is_common(c, &c->a) && is_common(c, &c->b)) {
        study_skip(c->a.side->study);
        study_skip(c->b.side->study);
    } else if (!a->number || a->number != b->number || c->a.side->ids[a->layer] != c->b.side->ids[b->layer]) {
        r = study_differences(study_sets(c->a.side->study), study_index(c->a.side->study, a->layer),
                              &a->inode, study_index(c->b.side->study, b->layer), &b->inode, &d.differs);
        if (r == 0 && d.differs & STUDY_DIFFERS_TYPE && S_ISDIR(a->inode.mode))
            r = leave(c, c->a.path);
        if (r == 0 && d.differs)
            r = c->tell(c->ctx, &d);
    }
    advance(&c->a);
    advance(&c->b);
    return r;
}

static uint32_t common_layers(const struct study_side *a, const struct study_side *b)
{
    uint32_t n = 0;

    while (n < study_layers(a->study) && n < study_layers(b->study) && a->ids[n] == b->ids[n])
        n++;
    return n;
}

int study_compare(const struct study_side *a, const struct study_side *b,
                  int (*tell)(void *ctx, const struct study_difference *d), void *ctx)
{
    struct comparison c = {
        .a = {.side = a}, .b = {.side = b}, .common = common_layers(a, b), .tell = tell, .ctx = ctx};
    int r = study_rewind(a->study);

    if (r == 0)
        r = study_rewind(b->study);
    advance(&c.a);
    advance(&c.b);
    while (r == 0 && c.a.more >= 0 && c.b.more >= 0 && (c.a.more || c.b.more)) {
        int order = !c.a.more ? 1 : !c.b.more ? -1 : study_compare_paths(c.a.path, c.b.path);

        r = order < 0 ? only_in_a(&c) : order > 0 ? only_in_b(&c) : in_both(&c);
    }
    buf_free(&c.gone);
    return r < 0 ? r : c.a.more < 0 ? c.a.more : c.b.more < 0 ? c.b.more : 0;
}
