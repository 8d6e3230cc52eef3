/* SPDX-License-Identifier: Apache-2.0 */
#include "show/which_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "show/differs.h"
#include "show/json_members.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"
#include "show/which.h"

/* Returns the path's first `depth` names in fresh memory: the path of a whiteout or an opaque directory. */
static char *prefix(const struct which *w, size_t depth)
{
    const struct tree_path cut = {w->names->names, depth};
    return tree_path_string(&cut);
}

static int add_row(struct table *t, const struct which *w, const struct which_layer *l)
{
    cleanup_buf struct buf what = BUF_INIT, seen = BUF_INIT, done = BUF_INIT;
    char hex[DIGEST_HEX_MAX];

    if (which_does(&done, l) < 0 || !buf_str(&done) || which_entry(&what, w, l) < 0 || !buf_str(&what) ||
        which_state(&seen, w, l) < 0 || !buf_str(&seen) || table_cellf(t, "%zu", l->layer + 1) < 0 ||
        table_cell(t, done.data) < 0 || table_cell(t, what.data) < 0 || table_cell(t, seen.data) < 0 ||
        table_cellf(t, "%.12s", digest_hex(&w->image->config.diff_ids[l->layer], hex)) < 0)
        return -ENOMEM;
    return table_cell(t, *l->command ? l->command : NULL);
}

/* Prints the result in one line. */
static int print_verdict(const struct which *w, bool named)
{
    const struct which_layer *top = &w->layers[0];
    char digest[DIGEST_STRING_MAX];
    const char *name = w->image->name ? w->image->name : digest_string(&w->image->manifest_digest, digest);
    int r = 0;

    if (named)
        r = text_put(stdout, name, strlen(name), 0) < 0 || fputs(": ", stdout) < 0 ? -EIO : 0;
    if (r == 0)
        r = text_put(stdout, w->path, strlen(w->path), TEXT_NAME);
    if (r < 0)
        return r;
    if (!w->exists) {
        r = printf(": not in the image, layer %zu %s it\n", top->layer + 1, which_action_name(top->action));
        return r < 0 ? -EIO : 0;
    }
    size_t visible = 0, last = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->layers[i].visible) {
            last = visible++ ? last : w->layers[i].layer;
        }
    }
    if (w->is_dir && visible > 1)
        r = printf(": a directory with names of %zu layers\n", visible);
    else
        r = printf(": from layer %zu\n", last + 1);
    return r < 0 ? -EIO : 0;
}

/* Files beneath a directory, by the layers that have them. */
static int print_below(const struct which *w)
{
    static const struct table_column columns[] = {
        {"LAYER", true}, {"FILES IN IT", true}, {"SIZE", true}, {"HIDDEN", true}, {"HIDDEN SIZE", true},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof *columns);
    int r = t ? 0 : -ENOMEM;

    for (size_t i = 0; i < w->n && r == 0; i++) {
        const struct which_below *b = &w->layers[i].below;
        char size[SIZE_TEXT_MAX], hidden[SIZE_TEXT_MAX];

        if (!w->layers[i].brings)
            continue;
        if (table_cellf(t, "%zu", w->layers[i].layer + 1) < 0 ||
            table_cellf(t, "%llu", (unsigned long long)b->files) < 0 ||
            table_cell(t, size_format(b->size, size)) < 0 ||
            table_cellf(t, "%llu", (unsigned long long)b->hidden_files) < 0 ||
            table_cell(t, size_format(b->hidden_size, hidden)) < 0)
            r = -ENOMEM;
    }
    if (r == 0)
        r = putchar('\n') == EOF ? -EIO : table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    return r;
}

int which_print(const struct which *w, bool named)
{
    static const struct table_column columns[] = {
        {"LAYER", true},  {"DOES", false},   {"WHAT", false},
        {"STATE", false}, {"DIGEST", false}, {"COMMAND", false},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof *columns);

    int r = t ? print_verdict(w, named) : -ENOMEM;
    for (size_t i = 0; i < w->n && r == 0; i++)
        r = add_row(t, w, &w->layers[i]);
    if (r == 0)
        r = table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    return r == 0 && w->has_names ? print_below(w) : r;
}

static int set_inode(json_t *o, const struct which_layer *l)
{
    const struct index_inode *i = &l->inode;

    if (l->lower_link)
        return json_set_str(o, "type", "link") < 0 ? -ENOMEM : json_set_str(o, "target", l->target);
    if (S_ISDIR(i->mode) && (i->flags & (INODE_IMPLICIT | INODE_PASSIVE)))
        return json_set_str(o, "type", mode_type(i->mode)); /* the layer has no metadata of the directory */
    if (json_set_kind(o, i->mode, i->size) < 0 || json_set_number(o, "uid", i->uid) < 0 ||
        json_set_number(o, "gid", i->gid) < 0 ||
        json_set_time(o, "mtime", i->mtime.tv_sec, (uint32_t)i->mtime.tv_nsec) < 0)
        return -ENOMEM;
    return l->target ? json_set_str(o, "target", l->target) : 0;
}

static int set_below(json_t *o, const struct which_below *b)
{
    if (json_set_number(o, "below_files", b->files) < 0 || json_set_number(o, "below_size", b->size) < 0 ||
        json_set_number(o, "below_hidden_files", b->hidden_files) < 0)
        return -ENOMEM;
    return json_set_number(o, "below_hidden_size", b->hidden_size);
}

static int set_event(json_t *o, const struct which *w, const struct which_layer *l)
{
    const struct which_layer *s = l;
    cleanup_free char *at = s->brings ? strdup(w->path) : prefix(w, s->depth);

    if (!at || json_set_str(o, "action", which_action_name(s->action)) < 0 ||
        json_set_str(o, "path", at) < 0 || json_object_set_new(o, "visible", json_boolean(s->visible)) < 0 ||
        json_object_set_new(o, "metadata", json_boolean(s->metadata)) < 0 ||
        json_object_set_new(o, "opaque", json_boolean(s->opaque)) < 0)
        return -ENOMEM;
    if (!s->brings)
        return 0;
    if (s->compared && differs_json(o, s->differs) < 0)
        return -ENOMEM;
    if (w->has_names && set_below(o, &s->below) < 0)
        return -ENOMEM;
    if (!s->visible && json_set_number(o, "hidden_by", s->hidden_by + 1) < 0)
        return -ENOMEM;
    return set_inode(o, l);
}

static int set_image(json_t *o, const struct image *image)
{
    return json_set_str(o, "name", image->name) < 0 ? -ENOMEM
                                                    : json_set_digest(o, "digest", &image->manifest_digest);
}

int which_print_json(const struct which *w, bool named, struct json_list *list)
{
    int r = 0;

    for (size_t i = 0; i < w->n && r == 0; i++) {
        const struct which_layer *l = &w->layers[i];
        json_t *o = json_object();
        if (!o || (named && set_image(o, w->image) < 0) || json_set_number(o, "layer", l->layer + 1) < 0 ||
            json_set_digest(o, "diff_id", &w->image->config.diff_ids[l->layer]) < 0 ||
            set_event(o, w, l) < 0 || json_set_str(o, "command", *l->command ? l->command : NULL) < 0) {
            json_decref(o);
            return -ENOMEM;
        }
        r = json_list_add(list, o);
    }
    return r;
}
