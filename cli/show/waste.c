/* SPDX-License-Identifier: Apache-2.0 */
#include "show/waste.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "study/key_table.h"

#define PATHS_MAX 4 /* named paths of one group of copies */

struct counting {
    struct waste *w;
    const struct waste_watch *watch;
    struct key_table shown; /* inodes that were reported to the watch */
};

void waste_free(struct waste *w)
{
    for (size_t i = 0; i < w->n_files; i++)
        free(w->files[i].path);
    for (size_t i = 0; w->commands && i < w->totals.n; i++)
        free(w->commands[i]);
    free(w->files);
    free(w->commands);
    study_duplicates_free(&w->duplicates);
    study_totals_free(&w->totals);
    *w = (struct waste){0};
}

uint64_t waste_pair_blob(const struct waste *w, const struct study_pair *p)
{
    const struct manifest *m = &w->image->manifest;

    return p->from < m->n_layers
               ? study_share(m->layers[p->from].size, p->size, w->totals.layers[p->from].size)
               : 0;
}

const char *waste_loss_name(enum study_loss loss)
{
    static const char *const names[] = {"replaced", "metadata", "moved", "removed"};
    return names[loss];
}

const char *waste_advice(enum study_loss loss)
{
    static const char *const texts[] = {
        "leave the files out of the first step, or make both steps one",
        "set owner, mode and time where the files are made (COPY --chown, COPY --chmod, or in the same RUN)",
        "make the files where they belong, or rename them in the step that makes them (join the two RUN lines)",
        "remove the files in the step that makes them (join the two RUN lines), or do not make them",
    };
    return texts[loss];
}

/* Keeps it if it is among the largest. */
static int note_dead(void *ctx, const char *path, const struct study_pair *what)
{
    struct counting *c = ctx;
    struct waste *w = c->w;
    size_t at = w->n_files;

    if (c->watch && c->watch->dead)
        c->watch->dead(c->watch->ctx, path, what->size);
    while (at > 0 && w->files[at - 1].what.size < what->size)
        at--;
    if (at >= w->max || what->size == 0)
        return 0;
    char *kept = strdup(path);
    if (!kept)
        return -ENOMEM;
    if (w->n_files == w->max)
        free(w->files[--w->n_files].path);
    memmove(&w->files[at + 1], &w->files[at], (w->n_files - at) * sizeof *w->files);
    w->files[at] = (struct waste_file){kept, *what};
    w->n_files++;
    return 0;
}

static int note_path(void *ctx, const struct study_path *p)
{
    struct counting *c = ctx;
    const struct study_thing *file = study_visible_file(p);
    size_t at;
    int r;

    if (file && c->watch && c->watch->shown) {
        r = key_table_add(&c->shown, (uint64_t)file->layer << 32 | file->number, &at);
        if (r < 0)
            return r;
        if (r > 0)
            c->watch->shown(c->watch->ctx, p->text, file->inode.size);
    }
    return study_duplicates_see(&c->w->duplicates, p);
}

static int name_duplicates(struct waste *w, struct study *s)
{
    const struct study_path *p;
    int r = w->duplicates.n ? study_rewind(s) : 0;

    while (w->duplicates.n && r == 0 && (r = study_next(s, &p)) > 0)
        r = study_duplicates_name(&w->duplicates, p, PATHS_MAX);
    return r;
}

static int take_commands(struct waste *w)
{
    w->commands = calloc(w->totals.n + 1, sizeof *w->commands);
    for (uint32_t i = 0; w->commands && i < w->totals.n; i++) {
        w->commands[i] = history_command(image_config_layer_history(&w->image->config, i));
        if (!w->commands[i])
            return -ENOMEM;
    }
    return w->commands ? 0 : -ENOMEM;
}

static void add_blobs(struct waste *w, const struct image_study *i)
{
    for (uint32_t n = 0; n < w->totals.n; n++) {
        const struct study_layer_total *l = &w->totals.layers[n];
        uint64_t blob = image_study_blob(i, n);

        w->blobs += blob;
        w->dead_blobs += study_share(blob, l->dead, l->size);
    }
}

int waste_count(struct store *s, const struct image *image, size_t max, const struct waste_watch *watch,
                struct waste *ret, struct err *err)
{
    cleanup_image_study struct image_study study = {0};
    struct counting c = {.w = ret, .watch = watch};
    const struct study_watch counted = {.dead = note_dead, .path = note_path, .moves = true, .ctx = &c};
    int r;

    *ret = (struct waste){.image = image, .max = max};
    ret->files = calloc(max + 1, sizeof *ret->files);
    r = ret->files ? image_study_open(s, image, UINT32_MAX, &study, err) : -ENOMEM;
    if (r == 0)
        r = study_count(study.study, &counted, &ret->totals);
    if (r == 0)
        r = study_duplicates_settle(&ret->duplicates, max);
    if (r == 0)
        r = name_duplicates(ret, study.study);
    if (r == 0)
        r = take_commands(ret);
    if (r == 0)
        add_blobs(ret, &study);
    key_table_free(&c.shown);
    return r == -ENOMEM ? err_set(err, ENOMEM, "out of memory") : r;
}
