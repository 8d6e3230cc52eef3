/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a directory that can differ from the tree's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "union/upper.h"

#include "union/changes_names.h"

static int add(struct name_list *l, const char *name)
{
    l->n++;
    return buf_append(&l->text, name, strlen(name) + 1);
}

/* Add the names of the upper, whiteouts included. */
static int add_upper(struct change_walk *w, uint64_t dir, struct name_list *l)
{
    struct un *u = w->un;
    struct node *n;
    int r = 0;

    pthread_mutex_lock(&u->lock);
    n = core_known(u, dir);
    if (n && n->upper_ino)
        r = upper_load(u, n);
    if (r == 0 && n && n->names)
        for (const struct name *name = names_from(n->names, 0); r == 0 && name;
             name = names_from(n->names, name->number + 1))
            r = add(l, name->text);
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    return r;
}

static int add_union(struct change_walk *w, uint64_t dir, struct name_list *l)
{
    char scratch[256];
    struct un_entry e;
    int r;

    for (uint64_t cookie = 0; (r = un_entry(w->un, dir, cookie, &e, scratch)) > 0; cookie = e.next) {
        if (!e.is_dot && (r = add(l, e.name)) < 0)
            break;
    }
    return r;
}

static int add_tree(struct change_walk *w, uint64_t base, struct name_list *l)
{
    char scratch[256];
    struct tree_entry e;
    int r;

    for (uint64_t position = 0; (r = tree_entry(w->un->tree, base, position, &e, scratch)) > 0; position++) {
        r = add(l, e.name);
        if (r < 0)
            break;
    }
    return r;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort the names of the text and remove duplicates. */
static int sort(struct name_list *l)
{
    const char *at = l->text.data;
    size_t kept = 0;

    l->names = calloc(l->n + 1, sizeof *l->names);
    if (!l->names)
        return -ENOMEM;
    for (size_t i = 0; i < l->n; i++, at += strlen(at) + 1)
        l->names[i] = at;
    qsort(l->names, l->n, sizeof *l->names, by_bytes);
    for (size_t i = 0; i < l->n; i++)
        if (kept == 0 || strcmp(l->names[kept - 1], l->names[i]) != 0)
            l->names[kept++] = l->names[i];
    l->n = kept;
    return 0;
}

int name_list_make(struct change_walk *w, uint64_t dir, uint64_t base, bool all, struct name_list *ret)
{
    int r;

    *ret = (struct name_list){.text = BUF_INIT};
    r = all ? add_union(w, dir, ret) : add_upper(w, dir, ret);
    if (r == 0 && all && base)
        r = add_tree(w, base, ret);
    if (r == 0)
        r = sort(ret);
    if (r < 0)
        name_list_free(ret);
    return r;
}

void name_list_free(struct name_list *l)
{
    buf_free(&l->text);
    free(l->names);
    *l = (struct name_list){.text = BUF_INIT};
}
