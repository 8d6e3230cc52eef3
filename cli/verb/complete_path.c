/* SPDX-License-Identifier: Apache-2.0 */
#include "verb/complete_path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk/store.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/text.h"
#include "tree/path_walk.h"
#include "tree/tree.h"

struct offering {
    struct tree *tree;
    uint64_t dir;
    const char *typed; /* a directory, and the begin of a name */
    size_t dir_len;    /* bytes of `typed` up to the name */
    const char *before;
    size_t kept;
    struct buf lines;
    bool dirs;
};

/* A symbolic link to a directory completes as a directory. */
static int is_dir(struct offering *o, const struct tree_entry *e, bool *ret)
{
    cleanup_buf struct buf path = BUF_INIT;
    struct tree_attr attr;
    uint64_t node;

    *ret = e->type == DT_DIR;
    if (e->type != DT_LNK)
        return 0;
    if (buf_append(&path, o->typed, o->dir_len) < 0 || buf_append(&path, e->name, e->name_len) < 0 ||
        !buf_str(&path))
        return -ENOMEM;
    if (tree_walk(o->tree, path.data, true, &node, &attr) < 0)
        return 0;
    *ret = S_ISDIR(attr.mode);
    tree_forget(o->tree, node, 1);
    return 0;
}

static bool is_plain(const struct tree_entry *e)
{
    cleanup_buf struct buf shown = BUF_INIT;

    return text_escape(&shown, e->name, e->name_len, 0) == 0 && shown.len == e->name_len &&
           memcmp(shown.data, e->name, e->name_len) == 0;
}

static int offer_name(struct offering *o, const struct tree_entry *e)
{
    const char *name = o->typed + o->dir_len;
    size_t len = strlen(name);
    bool dir;

    if (e->name_len < len || memcmp(e->name, name, len) != 0 || (e->name[0] == '.' && !len) || !is_plain(e))
        return 0;
    int r = is_dir(o, e, &dir);
    if (r == 0)
        r = buf_append(&o->lines, o->before, o->kept);
    if (r == 0)
        r = buf_append(&o->lines, o->typed, o->dir_len);
    /* An empty word becomes an absolute path. */
    if (r == 0 && !*o->typed && !o->kept)
        r = buf_append(&o->lines, "/", 1);
    if (r == 0)
        r = buf_append(&o->lines, e->name, e->name_len);
    if (r == 0)
        r = dir ? buf_append(&o->lines, "/\n", 2) : buf_append(&o->lines, "\n", 1);
    o->dirs |= dir;
    return r;
}

static int offer_names(struct offering *o)
{
    cleanup_free char *path = o->dir_len ? strndup(o->typed, o->dir_len) : strdup("/");
    struct tree_attr attr;
    struct tree_entry e;
    char scratch[256];
    int r = path ? tree_walk(o->tree, path, true, &o->dir, &attr) : -ENOMEM;

    if (r < 0)
        return r;
    for (uint64_t i = 0; r == 0 && S_ISDIR(attr.mode); i++) {
        if (tree_entry(o->tree, o->dir, i, &e, scratch) <= 0)
            break;
        r = offer_name(o, &e);
    }
    tree_forget(o->tree, o->dir, 1);
    return r;
}

static void offer(struct tree *t, const char *before, size_t kept, const char *typed)
{
    const char *slash = strrchr(typed, '/');
    struct offering o = {.tree = t,
                         .typed = typed,
                         .dir_len = slash ? (size_t)(slash - typed) + 1 : 0,
                         .before = before,
                         .kept = kept,
                         .lines = BUF_INIT};

    if (offer_names(&o) == 0 && o.lines.len) {
        if (o.dirs)
            puts(":nospace");
        fwrite(o.lines.data, 1, o.lines.len, stdout);
    }
    buf_free(&o.lines);
}

void complete_paths(const char *store, const char *image, const char *before, size_t kept, const char *typed)
{
    struct store *s = NULL;
    struct image found = {0};
    struct tree *t = NULL;
    struct err err = {""};

    if (store_open(store, 0, &s, &err) < 0)
        return;
    if (store_find_image(s, image, &found, &err) == 0 &&
        store_open_tree(s, &found.chain_id, 1, &t, &err) == 0) {
        offer(t, before, kept, typed);
        tree_free(t);
    }
    image_free(&found);
    store_close(s);
}
