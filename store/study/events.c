/* SPDX-License-Identifier: Apache-2.0 */
#include "study/events.h"

#include <errno.h>
#include <sys/stat.h>

struct maker {
    struct merge_links *links;
    struct study_sets *sets;
    const struct study_cut *cuts;
    size_t n_cuts;
    size_t depth;
    struct study_thing now; /* the path in the layers so far */
    struct buf *events;
};

bool study_cut_of(const struct study_entry *e, size_t depth, struct study_cut *ret)
{
    enum study_way way = STUDY_BY_NONE;

    if (e->fact.kind == FACT_WHITEOUT || (e->fact.kind == FACT_DIR && e->fact.replaces))
        way = STUDY_BY_WHITEOUT;
    else if (e->fact.kind == FACT_FILE)
        way = STUDY_BY_TYPE;
    else if (e->fact.kind == FACT_DIR && e->fact.opaque)
        way = STUDY_BY_OPAQUE;
    *ret = (struct study_cut){e->layer, way, depth};
    return way != STUDY_BY_NONE;
}

/* Returns the first cut by `layer` or by one above it. */
static const struct study_cut *cut_from(const struct maker *m, uint32_t layer)
{
    size_t low = 0, high = m->n_cuts;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (m->cuts[middle].layer < layer)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n_cuts ? &m->cuts[low] : NULL;
}

/* Returns a directory that no layer describes. */
static struct study_thing plain_dir(uint32_t layer)
{
    return (struct study_thing){.exists = true, .layer = layer, .inode = {.mode = S_IFDIR | 0755}};
}

/* Returns the path's remaining state beneath the layer, after all cuts below the layer's own entry. */
static struct study_thing beneath(const struct maker *m, const struct study_cut *cut,
                                  const struct study_entry *e, struct study_event *ev)
{
    struct study_thing left = m->now;

    if (cut) {
        left.exists = false;
        ev->ends = true;
        ev->way = cut->way;
        ev->depth = cut->depth;
    } else if (e->fact.kind == FACT_DIR && e->fact.replaces) {
        left.exists = false;
        ev->ends = true;
        ev->way = STUDY_BY_WHITEOUT;
        ev->depth = m->depth;
    }
    return left;
}

/* Returns the path's state with a directory of the layer merged over `left`. */
static struct study_thing with_dir(const struct study_entry *e, struct study_thing left,
                                   struct study_event *ev)
{
    bool on_dir = left.exists && S_ISDIR(left.inode.mode);

    if (e->fact.passive)
        return left;
    if (e->fact.opaque)
        ev->ends = true;
    if (left.exists && !on_dir) {
        ev->ends = true;
        ev->way = STUDY_BY_ENTRY;
    }
    if (!e->fact.implicit)
        return (struct study_thing){true, e->layer, e->number, e->inode};
    return on_dir ? left : plain_dir(e->layer);
}

static int with_file(struct maker *m, const struct study_entry *e, bool left, struct study_event *ev,
                     struct study_thing *ret)
{
    struct part p = {e->layer, e->number};
    struct index_inode in = e->inode;
    int r = merge_links_follow(m->links, &p, &in, &e->name);

    if (r < 0)
        return r;
    *ret = (struct study_thing){true, p.layer, p.inode, in};
    ev->ends = true;
    if (left)
        ev->way = STUDY_BY_ENTRY;
    return 0;
}

static int compare(struct maker *m, const struct study_thing *before, const struct study_thing *after,
                   enum study_change *ret)
{
    unsigned differs = 0;
    int r = 0;

    if (!before->exists || !after->exists) {
        *ret = after->exists ? STUDY_ADDED : before->exists ? STUDY_REMOVED : STUDY_NOTHING;
        return 0;
    }
    if (before->layer != after->layer || before->number != after->number)
        r = study_differences(m->sets, m->links->layers[before->layer].index, &before->inode,
                              m->links->layers[after->layer].index, &after->inode, &differs);
    if (r == -EUCLEAN)
        return merge_damaged(m->links->err, after->layer);
    *ret = differs & STUDY_DIFFERS_IN_CONTENT ? STUDY_CONTENT : differs ? STUDY_METADATA : STUDY_SAME;
    return r;
}

static int one_entry(struct maker *m, const struct study_entry *e)
{
    struct study_event ev = {.layer = e->layer, .own = e->fact, .hidden_by = STUDY_NEVER};
    const struct study_cut *cut = cut_from(m, e->layer);
    struct study_thing before = m->now, left;
    int r = 0;

    left = beneath(m, cut && cut->layer == e->layer ? cut : NULL, e, &ev);
    ev.own_number = e->number;
    ev.own_inode = e->inode;
    if (e->fact.kind == FACT_DIR) {
        m->now = with_dir(e, left, &ev);
    } else if (e->fact.kind == FACT_FILE) {
        r = with_file(m, e, left.exists, &ev, &m->now);
    } else {
        m->now.exists = false;
        ev.ends = true;
        if (ev.way == STUDY_BY_NONE) {
            ev.way = STUDY_BY_WHITEOUT;
            ev.depth = m->depth;
        }
    }
    if (!before.exists)
        ev.way = STUDY_BY_NONE;
    ev.after = m->now;
    if (r == 0)
        r = compare(m, &before, &m->now, &ev.change);
    return r < 0 ? r : buf_append(m->events, &ev, sizeof ev);
}

/* Adds the event of a layer in [from, to) that removes the path by a cut above it, without an entry of its own. */
static int cut_between(struct maker *m, uint32_t from, uint32_t to)
{
    const struct study_cut *cut = m->now.exists ? cut_from(m, from) : NULL;

    if (!cut || cut->layer >= to)
        return 0;
    m->now.exists = false;

    const struct study_event ev = {.layer = cut->layer,
                                   .change = STUDY_REMOVED,
                                   .way = cut->way,
                                   .depth = cut->depth,
                                   .ends = true,
                                   .hidden_by = STUDY_NEVER};
    return buf_append(m->events, &ev, sizeof ev);
}

/* The result of each event is visible until the next event that ends it. */
static void find_ends(struct study_event *events, size_t n)
{
    uint32_t next = STUDY_NEVER;

    for (size_t i = n; i-- > 0;) {
        events[i].hidden_by = next;
        if (events[i].ends)
            next = (uint32_t)i;
    }
}

int study_events_make(struct merge_links *links, struct study_sets *sets, const struct study_entry *entries,
                      size_t n, const struct study_cut *cuts, size_t n_cuts, size_t depth, struct buf *events)
{
    struct maker m = {
        .links = links, .sets = sets, .cuts = cuts, .n_cuts = n_cuts, .depth = depth, .events = events};
    uint32_t from = 0;
    int r = 0;

    events->len = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = cut_between(&m, from, entries[i].layer);
        if (r == 0)
            r = one_entry(&m, &entries[i]);
        from = entries[i].layer + 1;
    }
    if (r == 0)
        r = cut_between(&m, from, STUDY_NEVER);
    find_ends((struct study_event *)(void *)events->data, events->len / sizeof(struct study_event));
    return r;
}
