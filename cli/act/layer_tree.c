/* SPDX-License-Identifier: Apache-2.0 */
#include "act/layer_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/temporary.h"
#include "indexing/merge.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "show/image_study.h"
#include "show/size.h"
#include "show/tree_path.h"

enum {
    MAX_FDS = 64, /* maximum of contents that a verb keeps open */
};

void layer_choice_take(struct layer_choice *c, struct options *o, int option)
{
    uint64_t *n = option == LAYER_OPTION_UPTO ? &c->upto : option == LAYER_OPTION_LAYER ? &c->layer : NULL;

    if (!n)
        return;
    if (number_parse(o->value, n) < 0 || *n < 1)
        options_bad(o, "\"%s\" is no layer number: the bottom layer is 1", o->value);
    else if (c->upto && c->layer)
        options_bad(o, "--upto and --layer exclude each other");
}

static int merge(const struct image_arg *a, const struct image_study *layers, uint32_t from, int fd, int tmp,
                 struct err *err)
{
    cleanup_free struct merge_layer *stack = calloc(layers->n, sizeof *stack);

    if (!stack)
        return err_set(err, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < layers->n; i++) {
        const struct digest *id = &a->image.config.diff_ids[i];
        stack[i] = (struct merge_layer){layers->layers[i], id->bytes, digest_len(id->alg)};
    }
    return merge_layers_from(stack, layers->n, from, tmp, fd, NULL, err);
}

static int open_merged(const struct image_arg *a, uint32_t from, uint32_t upto, struct tree **ret,
                       struct err *err)
{
    cleanup_image_study struct image_study layers = {0};
    struct index *index = NULL;
    cleanup_fd int tmp = temporary_open();
    cleanup_fd int fd = tmp < 0 ? tmp : fd_unnamed(tmp);

    if (fd < 0)
        return err_errno(err, -fd, "cannot make a temporary file");
    int r = image_study_open(a->store, &a->image, upto, &layers, err);
    if (r == 0)
        r = merge(a, &layers, from, fd, tmp, err);
    if (r == 0)
        r = index_open(fd, "the index of these layers", INDEX_TREE, &index, err);
    if (r == 0)
        r = store_tree_of(a->store, index, MAX_FDS, ret, err);
    return r;
}

int layer_tree(const struct image_arg *a, const struct layer_choice *c, struct tree **ret)
{
    struct err err = {""};
    size_t all = a->image.config.n_diff_ids;
    uint64_t upto = c->layer ? c->layer : c->upto;

    if (!upto || (upto == all && !c->layer))
        return image_arg_tree(a, ret);
    if (upto > all)
        return cli_failf("the image has %zu layers, and no layer %llu", all, (unsigned long long)upto);
    int r = open_merged(a, c->layer ? (uint32_t)c->layer - 1 : 0, (uint32_t)upto, ret, &err);
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}

/* Returns the last event that removed the path. */
static const struct study_event *last_removal(const struct study_path *p)
{
    for (size_t i = p->n; i-- > 0;)
        if (p->events[i].change == STUDY_REMOVED)
            return &p->events[i];
    return NULL;
}

/* IMAGE:PATH, in fresh memory. */
static char *whole_word(const struct layer_missing *m)
{
    size_t len = strlen(m->image);
    char *word;

    if (m->path > m->image && m->path <= m->image + len)
        len = (size_t)(m->path - m->image) - 1;
    return asprintf(&word, "%.*s:%s%s%s%s", (int)len, m->image, *m->path == '/' ? "" : "/", m->path,
                    m->after ? " " : "", m->after ? m->after : "") < 0
               ? NULL
               : word;
}

/* Returns "; layer 2 removed it: COMMAND" in fresh memory; NULL if no layer had the path, or if the layers cannot be read. */
static char *removed_by(const struct image_arg *a, struct tree *t, const struct layer_missing *m)
{
    cleanup_image_study struct image_study study = {0};
    cleanup_free char *word = whole_word(m);
    const struct study_path *p;
    struct tree_path names = {0};
    struct err err = {""};
    char *text = NULL;

    if (!word || tree_path_resolve(t, m->path, &names) < 0)
        return NULL;
    if (image_study_open(a->store, &a->image, UINT32_MAX, &study, &err) == 0 &&
        study_enter(study.study, (const char *const *)names.names, names.n) == 0 &&
        study_next(study.study, &p) > 0) {
        const struct study_event *e = last_removal(p);
        if (e && asprintf(&text, "; layer %u removed it: mica %s --upto %u %s", e->layer + 1, m->verb,
                          e->layer, word) < 0)
            text = NULL;
    }
    tree_path_free(&names);
    return text;
}

int layer_fail_missing(const struct image_arg *a, const struct layer_choice *c, struct tree *t,
                       const struct layer_missing *m, int error)
{
    bool whole = !c->upto && !c->layer && (error == -ENOENT || error == -ENOTDIR);
    cleanup_free char *why = whole ? removed_by(a, t, m) : NULL;

    return cli_failf("%s: %s%s", m->shown,
                     error == -EUCLEAN ? "the image's tree is damaged" : strerror(-error), why ? why : "");
}
