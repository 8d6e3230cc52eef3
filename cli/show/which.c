/* SPDX-License-Identifier: Apache-2.0 */
#include "show/which.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"

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

/* Tells the next layer, and keeps what lies in its index's mapping. */
static int tell_layer(struct store *store, const struct image *image, struct teller *t, char **ret_target,
                      struct err *err)
{
    struct index *ix;
    struct story *s = &t->stories[t->n];
    const char *text;
    size_t len;

    int r = store_open_layer_index(store, &image->config.diff_ids[t->n], &ix, err);
    if (r < 0)
        return r;
    r = story_tell(t, ix);
    if (r == 0 && s->brings && (s->lower_link || S_ISLNK(s->inode.mode))) {
        r = index_target(ix, &s->inode, &text, &len);
        if (r == 0 && !(*ret_target = strndup(text, len)))
            r = -ENOMEM;
    }
    index_free(ix);
    return r < 0 ? err_errno(err, -r, "layer %zu", t->n + 1) : 0;
}

int which_ask(struct store *s, const struct image *image, const struct tree_path *path, struct which *ret,
              struct err *err)
{
    const struct image_config *config = &image->config;
    size_t n = config->n_diff_ids;
    cleanup_free struct story *stories = calloc(n ? n : 1, sizeof *stories);
    cleanup_free char **targets = calloc(n ? n : 1, sizeof *targets);
    struct teller t = {.path = path, .stories = stories};
    int r = 0;

    *ret = (struct which){.image = image, .names = path, .path = tree_path_string(path)};
    ret->layers = calloc(n ? n : 1, sizeof *ret->layers);
    if (!stories || !targets || !ret->path || !ret->layers)
        return err_set(err, ENOMEM, "out of memory");
    for (size_t i = 0; i < n && r == 0; i++)
        r = tell_layer(s, image, &t, &targets[i], err);
    ret->exists = t.exists;
    ret->is_dir = t.is_dir;
    for (size_t i = n; i-- > 0;) {
        if (r < 0 || stories[i].action == STORY_NOTHING) {
            free(targets[i]);
            continue;
        }
        struct which_layer *l = &ret->layers[ret->n++];
        *l = (struct which_layer){i, stories[i], targets[i],
                                  history_command(image_config_layer_history(config, i))};
        if (!l->command)
            r = err_set(err, ENOMEM, "out of memory");
    }
    return r;
}

/* The path's first `depth` names, fresh memory: what a whiteout or an opaque mark is of. */
static char *prefix(const struct which *w, size_t depth)
{
    const struct tree_path cut = {w->names->names, depth};
    return tree_path_string(&cut);
}

/* What the layer brings, in a few words. */
static int describe(struct buf *b, const struct which *w, const struct which_layer *l)
{
    const struct story *s = &l->story;
    char size[SIZE_TEXT_MAX], mode[MODE_TEXT_MAX];

    if (!s->brings) {
        cleanup_free char *at = prefix(w, s->depth);
        if (!at)
            return -ENOMEM;
        return buf_printf(b, "%s %s", s->action == STORY_REMOVES ? "whiteout of" : "what lies below", at);
    }
    if (s->lower_link)
        return buf_printf(b, "hard link to %s", l->target);
    if (S_ISLNK(s->inode.mode))
        return buf_printf(b, "symlink -> %s", l->target);
    if (S_ISDIR(s->inode.mode) && (s->inode.flags & INODE_PASSIVE))
        return buf_printf(b, "removes names in it");
    if (S_ISDIR(s->inode.mode) && (s->inode.flags & INODE_IMPLICIT))
        return buf_printf(b, "names in it%s", s->opaque ? ", opaque" : "");
    mode_format(s->inode.mode, mode);
    if (S_ISREG(s->inode.mode))
        return buf_printf(b, "%s %s", mode, size_format(s->inode.size, size));
    return buf_printf(b, "%s%s", mode, s->opaque ? ", opaque" : "");
}

static int state(struct buf *b, const struct which *w, const struct story *s)
{
    if (!s->brings)
        return buf_printf(b, "-");
    if (s->visible)
        return buf_printf(b, "%s", w->is_dir && s->metadata ? "visible, gives the metadata" : "visible");
    return buf_printf(b, "hidden by %zu%s", s->hidden_by + 1, s->metadata ? ", gives the metadata" : "");
}

static int add_row(struct table *t, const struct which *w, const struct which_layer *l)
{
    cleanup_buf struct buf what = BUF_INIT, seen = BUF_INIT;
    char hex[DIGEST_HEX_MAX];

    if (describe(&what, w, l) < 0 || !buf_str(&what) || state(&seen, w, &l->story) < 0 || !buf_str(&seen) ||
        table_cellf(t, "%zu", l->layer + 1) < 0 || table_cell(t, story_action_name(l->story.action)) < 0 ||
        table_cell(t, what.data) < 0 || table_cell(t, seen.data) < 0 ||
        table_cellf(t, "%.12s", digest_hex(&w->image->config.diff_ids[l->layer], hex)) < 0)
        return -ENOMEM;
    return table_cell(t, *l->command ? l->command : NULL);
}

/* The answer in one line. */
static int print_verdict(const struct which *w)
{
    const struct which_layer *top = &w->layers[0];

    int r = text_put(stdout, w->path, strlen(w->path), TEXT_NAME);
    if (r < 0)
        return r;
    if (!w->exists) {
        r = printf(": not in the image, layer %zu %s it\n", top->layer + 1,
                   story_action_name(top->story.action));
        return r < 0 ? -EIO : 0;
    }
    size_t visible = 0, last = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->layers[i].story.visible) {
            last = visible++ ? last : w->layers[i].layer;
        }
    }
    if (w->is_dir && visible > 1)
        r = printf(": a directory with names of %zu layers\n", visible);
    else
        r = printf(": from layer %zu\n", last + 1);
    return r < 0 ? -EIO : 0;
}

int which_print(const struct which *w)
{
    static const struct table_column columns[] = {
        {"LAYER", true},  {"DOES", false},   {"WHAT", false},
        {"STATE", false}, {"DIGEST", false}, {"COMMAND", false},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof *columns);

    int r = t ? print_verdict(w) : -ENOMEM;
    for (size_t i = 0; i < w->n && r == 0; i++)
        r = add_row(t, w, &w->layers[i]);
    if (r == 0)
        r = table_print(t, stdout, terminal_width(stdout));
    table_free(t);
    return r;
}

static int set_inode(json_t *o, const struct which_layer *l)
{
    const struct index_inode *i = &l->story.inode;

    if (l->story.lower_link)
        return json_set_str(o, "type", "link") < 0 ? -ENOMEM : json_set_str(o, "target", l->target);
    if (S_ISDIR(i->mode) && (i->flags & (INODE_IMPLICIT | INODE_PASSIVE)))
        return json_set_str(o, "type",
                            mode_type(i->mode)); /* the layer says nothing of the directory itself */
    if (json_set_kind(o, i->mode, i->size) < 0 || json_set_number(o, "uid", i->uid) < 0 ||
        json_set_number(o, "gid", i->gid) < 0 ||
        json_set_time(o, "mtime", i->mtime.tv_sec, (uint32_t)i->mtime.tv_nsec) < 0)
        return -ENOMEM;
    return l->target ? json_set_str(o, "target", l->target) : 0;
}

static int set_story(json_t *o, const struct which *w, const struct which_layer *l)
{
    const struct story *s = &l->story;
    cleanup_free char *at = s->brings ? strdup(w->path) : prefix(w, s->depth);

    if (!at || json_set_str(o, "action", story_action_name(s->action)) < 0 ||
        json_set_str(o, "path", at) < 0 || json_object_set_new(o, "visible", json_boolean(s->visible)) < 0 ||
        json_object_set_new(o, "metadata", json_boolean(s->metadata)) < 0 ||
        json_object_set_new(o, "opaque", json_boolean(s->opaque)) < 0)
        return -ENOMEM;
    if (!s->brings)
        return 0;
    if (!s->visible && json_set_number(o, "hidden_by", s->hidden_by + 1) < 0)
        return -ENOMEM;
    return set_inode(o, l);
}

int which_print_json(const struct which *w)
{
    struct json_list list = JSON_LIST_INIT;
    int r = 0;

    for (size_t i = 0; i < w->n && r == 0; i++) {
        const struct which_layer *l = &w->layers[i];
        json_t *o = json_object();
        if (!o || json_set_number(o, "layer", l->layer + 1) < 0 ||
            json_set_digest(o, "diff_id", &w->image->config.diff_ids[l->layer]) < 0 ||
            set_story(o, w, l) < 0 || json_set_str(o, "command", *l->command ? l->command : NULL) < 0) {
            json_decref(o);
            return -ENOMEM;
        }
        r = json_list_add(&list, o);
    }
    return r < 0 ? r : json_list_end(&list);
}
