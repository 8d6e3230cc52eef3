/* SPDX-License-Identifier: Apache-2.0 */
#include "show/which.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "show/image_study.h"

void which_free(struct which *w)
{
    for (size_t i = 0; i < w->n; i++) {
        free(w->layers[i].target);
        free(w->layers[i].command);
    }
    free(w->layers);
    free(w->path);
    *w = (struct which){0};
}

const char *which_action_name(enum which_action a)
{
    static const char *const names[] = {"adds", "replaces", "merges", "removes", "hides"};
    return names[a];
}

/* Does the layer affect the path? A removal of nothing does not. */
static bool says_something(const struct study_event *e)
{
    if (e->own.kind == FACT_DIR && e->own.passive)
        return e->change == STUDY_REMOVED || (e->after.exists && S_ISDIR(e->after.inode.mode));
    return e->change != STUDY_NOTHING;
}

static enum which_action action_of(const struct study_event *e)
{
    if (e->change == STUDY_REMOVED)
        return e->way == STUDY_BY_WHITEOUT ? WHICH_REMOVES : WHICH_HIDES;
    if (e->change == STUDY_ADDED)
        return WHICH_ADDS;
    return e->own.kind == FACT_DIR && !e->ends ? WHICH_MERGES : WHICH_REPLACES;
}

/* Is the path in the image (or its metadata) from this event? */
static bool gives_metadata(const struct study_path *p, const struct study_event *e)
{
    const struct study_thing *last = &p->events[p->n - 1].after;

    if (e->own.kind == FACT_FILE)
        return e->hidden_by == STUDY_NEVER;
    return last->exists && !e->own.implicit && last->layer == e->layer && last->number == e->own_number;
}

static int compare_with_beneath(struct study *s, const struct study_path *p, size_t i, struct which_layer *l)
{
    const struct study_thing *a = i ? &p->events[i - 1].after : NULL, *b = &p->events[i].after;

    if (!a || !a->exists || !b->exists)
        return 0;
    l->compared = true;
    return study_differences(study_sets(s), study_index(s, a->layer), &a->inode, study_index(s, b->layer),
                             &b->inode, &l->differs);
}

static int take_target(const struct study *s, const struct study_event *e, struct which_layer *l)
{
    const char *text;
    size_t len;

    if (!l->lower_link && !S_ISLNK(e->own_inode.mode))
        return 0;
    int r = index_target(study_index(s, e->layer), &e->own_inode, &text, &len);
    if (r == 0 && !(l->target = strndup(text, len)))
        r = -ENOMEM;
    return r;
}

static int take_event(struct which *w, struct study *s, const struct study_path *p, size_t i)
{
    const struct study_event *e = &p->events[i];
    struct which_layer *l = &w->layers[w->n++];
    int r;

    *l = (struct which_layer){
        .layer = e->layer, .action = action_of(e), .depth = e->depth, .inode = e->own_inode};
    l->brings = e->change != STUDY_REMOVED && (e->own.kind == FACT_FILE || e->own.kind == FACT_DIR);
    l->lower_link = e->own.kind == FACT_FILE && e->own_inode.flags & INODE_LOWER_LINK;
    l->visible = l->brings && e->hidden_by == STUDY_NEVER;
    l->hidden_by = e->hidden_by == STUDY_NEVER ? 0 : p->events[e->hidden_by].layer;
    l->metadata = l->brings && gives_metadata(p, e);
    l->opaque = l->brings && (e->own.opaque || e->own.replaces);
    l->command = history_command(image_config_layer_history(&w->image->config, e->layer));
    r = l->command ? compare_with_beneath(s, p, i, l) : -ENOMEM;
    return r == 0 && l->brings ? take_target(s, e, l) : r;
}

/* One file of a layer beneath the path. */
static void count_below(struct which *w, const struct study_event *e)
{
    uint64_t size =
        S_ISREG(e->own_inode.mode) && !(e->own_inode.flags & INODE_LOWER_LINK) ? e->own_inode.size : 0;

    for (size_t i = 0; i < w->n; i++) {
        struct which_below *b = &w->layers[i].below;

        if (w->layers[i].layer != e->layer)
            continue;
        if (e->hidden_by == STUDY_NEVER) {
            b->files++;
            b->size += size;
        } else {
            b->hidden_files++;
            b->hidden_size += size;
        }
    }
}

static int walk_below(struct which *w, struct study *s)
{
    const struct study_path *p;
    int r;

    while ((r = study_next(s, &p)) > 0) {
        for (size_t i = 0; i < p->n; i++) {
            if (p->events[i].own.kind == FACT_FILE)
                count_below(w, &p->events[i]);
        }
    }
    return r;
}

static int ask(struct which *w, struct study *s)
{
    const struct study_path *p;
    int r = study_enter(s, (const char *const *)w->names->names, w->names->n);

    if (r == 0)
        r = study_next(s, &p);
    if (r < 0)
        return r;
    w->layers = calloc(p->n + 1, sizeof *w->layers);
    if (!w->layers)
        return -ENOMEM;
    r = 0;
    for (size_t i = p->n; r == 0 && i-- > 0;)
        r = says_something(&p->events[i]) ? take_event(w, s, p, i) : 0;
    const struct study_thing *last = p->n ? &p->events[p->n - 1].after : NULL;
    w->exists = last && last->exists;
    w->is_dir = w->exists && S_ISDIR(last->inode.mode);
    w->has_names = p->has_names;
    return r;
}

int which_of(struct study *s, const struct image *image, const struct tree_path *path, struct which *ret)
{
    *ret = (struct which){.image = image, .names = path, .path = tree_path_string(path)};
    return ret->path ? ask(ret, s) : -ENOMEM;
}

int which_ask(struct store *s, const struct image *image, const struct tree_path *path, struct which *ret,
              struct err *err)
{
    cleanup_image_study struct image_study study = {0};
    int r;

    *ret = (struct which){.image = image, .names = path};
    r = image_study_open(s, image, UINT32_MAX, &study, err);
    if (r == 0)
        r = which_of(study.study, image, path, ret);
    if (r == 0 && ret->has_names)
        r = walk_below(ret, study.study);
    return r == -ENOMEM ? err_set(err, ENOMEM, "out of memory") : r;
}
