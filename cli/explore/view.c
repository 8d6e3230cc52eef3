/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/view.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "study/compare.h"

void view_of_range(struct view *v, struct study *study, uint32_t upto_a, uint32_t upto_b)
{
    *v = (struct view){
        .a = {study, upto_a}, .b = {study, upto_b}, .common = upto_a < upto_b ? upto_a : upto_b};
}

void view_of_two(struct view *v, const struct view_side *a, const struct view_side *b, uint32_t common)
{
    *v = (struct view){.a = *a, .b = *b, .common = common};
    if (v->common > a->upto)
        v->common = a->upto;
    if (v->common > b->upto)
        v->common = b->upto;
}

bool view_is_range(const struct view *v)
{
    return v->a.study == v->b.study;
}

const struct index *view_index(const struct view *v, bool of_b, uint32_t layer)
{
    return study_index(of_b ? v->b.study : v->a.study, layer);
}

int view_enter(struct view *v, const char *const *names, size_t n)
{
    int r = study_enter(v->b.study, names, n);

    if (r == 0 && !view_is_range(v))
        r = study_enter(v->a.study, names, n);
    v->pa = v->pb = (struct view_place){.more = 1, .taken = true};
    return r;
}

static bool is_dir(const struct study_thing *t)
{
    return t->exists && S_ISDIR(t->inode.mode);
}

/* Goes to the next path of one study that is in a snapshot, past the contents of those that are not. */
static void advance(const struct view *v, const struct view_side *side, struct view_place *p,
                    struct study_thing *ret)
{
    bool range = view_is_range(v);

    p->taken = false;
    while (p->more > 0 && (p->more = study_next(side->study, &p->path)) > 0) {
        struct study_thing before = {.exists = false};

        *ret = study_thing_at(p->path, side->upto);
        if (range)
            before = study_thing_at(p->path, v->a.upto);
        if (!is_dir(ret) && !is_dir(&before))
            study_skip(side->study);
        if (ret->exists || before.exists)
            return;
    }
}

/* The number of the topmost layer of the snapshot that has the path or removes it, from 1. */
static uint32_t last_layer(const struct study_path *p, uint32_t upto)
{
    for (size_t i = p->n; i-- > 0;) {
        if (p->events[i].layer < upto)
            return p->events[i].layer + 1;
    }
    return 0;
}

static int compare(const struct view *v, struct view_pair *pair)
{
    const struct study_thing *a = &pair->a, *b = &pair->b;
    bool one_layer = view_is_range(v) || (a->layer < v->common && b->layer < v->common);

    pair->differs = 0;
    if (!a->exists || !b->exists) {
        pair->change = b->exists ? STUDY_ADDED : STUDY_REMOVED;
        return 0;
    }
    if (!one_layer || a->layer != b->layer || a->number != b->number) {
        int r = study_differences(study_sets(v->a.study), view_index(v, false, a->layer), &a->inode,
                                  view_index(v, true, b->layer), &b->inode, &pair->differs);
        if (r < 0)
            return r;
    }
    pair->change = pair->differs & STUDY_DIFFERS_IN_CONTENT ? STUDY_CONTENT
                   : pair->differs                          ? STUDY_METADATA
                                                            : STUDY_SAME;
    return 0;
}

static int describe(struct view *v, bool from_a, bool from_b, struct view_pair *ret)
{
    const struct study_path *p = from_b ? v->pb.path : v->pa.path;

    *ret = (struct view_pair){
        .text = p->text, .name = p->name, .len = p->len, .name_len = p->name_len, .depth = p->depth};
    if (from_b)
        ret->b = v->tb;
    if (view_is_range(v))
        ret->a = study_thing_at(p, v->a.upto);
    else if (from_a)
        ret->a = v->ta;
    int r = compare(v, ret);
    ret->quiet = ret->change == STUDY_SAME && last_layer(p, v->b.upto) <= v->common &&
                 (view_is_range(v) || last_layer(v->pa.path, v->a.upto) <= v->common);
    v->pa.taken = from_a;
    v->pb.taken = from_b;
    return r < 0 ? r : 1;
}

int view_next(struct view *v, struct view_pair *ret)
{
    int order;

    if (v->pb.taken)
        advance(v, &v->b, &v->pb, &v->tb);
    if (view_is_range(v))
        return v->pb.more <= 0 ? v->pb.more : describe(v, false, true, ret);
    if (v->pa.taken)
        advance(v, &v->a, &v->pa, &v->ta);
    if (v->pa.more < 0 || v->pb.more < 0)
        return v->pa.more < 0 ? v->pa.more : v->pb.more;
    if (!v->pa.more && !v->pb.more)
        return 0;
    order = !v->pa.more ? 1 : !v->pb.more ? -1 : study_compare_paths(v->pa.path, v->pb.path);
    return describe(v, order <= 0, order >= 0, ret);
}

void view_skip(struct view *v)
{
    if (v->pb.taken)
        study_skip(v->b.study);
    if (v->pa.taken && !view_is_range(v))
        study_skip(v->a.study);
}

int view_changes_beneath(struct view *v, const char *const *names, size_t n, size_t limit)
{
    struct view_pair pair;
    size_t seen = 0;
    int r = view_enter(v, names, n);

    while (r == 0 && (r = view_next(v, &pair)) > 0) {
        if (pair.depth > n && pair.change != STUDY_SAME)
            return 1;
        if (pair.quiet)
            view_skip(v);
        if (limit && ++seen >= limit)
            return -EAGAIN;
        r = 0;
    }
    return r;
}
