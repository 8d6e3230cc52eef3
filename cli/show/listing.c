/* SPDX-License-Identifier: Apache-2.0 */
#include "show/listing.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/listing_walk.h"
#include "show/ls_format.h"
#include "show/text.h"
#include "show/tree_path.h"

/* Names to print; the nodes hold references. */
struct entries {
    struct listing_item *items;
    size_t n;
};

static void entries_free(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++) {
        tree_forget(e->items[i].image->tree, e->items[i].node, 1);
        free(e->items[i].path);
    }
    free(e->items);
}

static int entries_add(struct entries *e, const struct listing_image *image, const char *name, size_t len,
                       uint64_t node, const struct tree_attr *attr)
{
    struct listing_item *more = array_room(e->items, e->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    e->items = more;
    char *copy = strndup(name, len);
    if (!copy)
        return -ENOMEM;
    tree_ref(image->tree, node, 1);
    e->items[e->n++] = (struct listing_item){image, copy, node, *attr};
    return 0;
}

/* ---- order */

static int by_time(const struct tree_attr *a, const struct tree_attr *b)
{
    if (a->mtime.tv_sec != b->mtime.tv_sec)
        return a->mtime.tv_sec > b->mtime.tv_sec ? -1 : 1;
    return a->mtime.tv_nsec == b->mtime.tv_nsec ? 0 : a->mtime.tv_nsec > b->mtime.tv_nsec ? -1 : 1;
}

static int compare(const void *pa, const void *pb, void *ctx)
{
    const struct listing_item *a = pa, *b = pb;
    const struct listing *l = ctx;
    int r = 0;

    if (l->order == LISTING_BY_TIME)
        r = by_time(&a->attr, &b->attr);
    else if (l->order == LISTING_BY_SIZE && a->attr.size != b->attr.size)
        r = a->attr.size > b->attr.size ? -1 : 1;
    if (r == 0)
        r = strcmp(a->path, b->path);
    return l->reverse ? -r : r;
}

static bool is_sorted(const struct listing *l)
{
    return l->order != LISTING_BY_NAME || l->reverse;
}

static void sort(struct listing *l, struct listing_item *items, size_t n)
{
    if (n && is_sorted(l))
        qsort_r(items, n, sizeof *items, compare, l);
}

/* ---- one line, one object */

static int put_digest(struct listing *l, const struct listing_item *e)
{
    char hex[DIGEST_HEX_MAX] = "-";
    struct digest d;
    int r = S_ISREG(e->attr.mode) ? l->digest(l->ctx, e->image, e->node, &d) : 0;

    if (r < 0)
        return r;
    if (S_ISREG(e->attr.mode))
        digest_hex(&d, hex);
    return printf("%-64s ", hex) < 0 ? -EIO : 0;
}

static int print_line(struct listing *l, const struct ls_widths *w, const struct listing_item *e)
{
    const char *label = e->path[0] == '/' ? e->image->label : NULL;
    cleanup_free char *target = NULL;
    size_t len;
    int r = l->long_lines ? ls_print_long(stdout, w, &e->attr) : 0;

    if (r == 0 && l->digest)
        r = put_digest(l, e);
    if (r == 0 && label)
        r = text_put(stdout, label, strlen(label), 0) < 0 || putchar(':') == EOF ? -EIO : 0;
    if (r == 0)
        r = text_put(stdout, e->path, strlen(e->path), TEXT_NAME);
    if (r == 0 && l->long_lines && S_ISLNK(e->attr.mode)) {
        r = tree_link_target(e->image->tree, e->node, &target, &len);
        if (r == 0)
            r = fputs(" -> ", stdout) < 0 ? -EIO : text_put(stdout, target, len, TEXT_NAME);
    }
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

static int set_attr(json_t *o, const struct listing_item *e)
{
    const struct tree_attr *a = &e->attr;
    cleanup_free char *target = NULL;
    size_t len;

    if (json_set_kind(o, a->mode, a->size) < 0 || json_set_number(o, "nlink", a->nlink) < 0 ||
        json_set_number(o, "uid", a->uid) < 0 || json_set_number(o, "gid", a->gid) < 0 ||
        json_set_time(o, "mtime", a->mtime.tv_sec, (uint32_t)a->mtime.tv_nsec) < 0 ||
        json_set_number(o, "ino", a->ino) < 0)
        return -ENOMEM;
    if (S_ISCHR(a->mode) || S_ISBLK(a->mode))
        return json_set_number(o, "major", a->rdev_major) < 0 ? -ENOMEM
                                                              : json_set_number(o, "minor", a->rdev_minor);
    if (!S_ISLNK(a->mode))
        return 0;
    int r = tree_link_target(e->image->tree, e->node, &target, &len);
    return r < 0 ? r : json_set_text(o, "target", target, len);
}

static int print_json(struct listing *l, const struct listing_item *e)
{
    json_t *o = json_object();
    struct digest d;
    int r = o ? json_set_str(o, "path", e->path) : -ENOMEM;

    if (r == 0)
        r = set_attr(o, e);
    if (r == 0 && l->more)
        r = l->more(l->ctx, e->image, e->node, o);
    if (r == 0 && l->digest && S_ISREG(e->attr.mode)) {
        r = l->digest(l->ctx, e->image, e->node, &d);
        if (r == 0)
            r = json_set_digest(o, "content_digest", &d);
    }
    if (r < 0) {
        json_decref(o);
        return r;
    }
    return json_list_add(&l->list, o);
}

static int print_items(struct listing *l, struct listing_item *items, size_t n)
{
    struct ls_widths w = {.human = l->human};
    int r = 0;

    sort(l, items, n);
    for (size_t i = 0; i < n && l->long_lines; i++)
        ls_widths_add(&w, &items[i].attr);
    for (size_t i = 0; i < n && r == 0; i++)
        r = l->json ? print_json(l, &items[i]) : print_line(l, &w, &items[i]);
    return r;
}

/* ---- directories */

/* "." and "..". */
static int add_dots(const struct listing_item *dir, struct entries *e)
{
    static const char *const dots[] = {".", ".."};
    struct tree *t = dir->image->tree;
    uint64_t parent, ino;
    int r = tree_parent(t, dir->node, &parent, &ino);

    for (size_t i = 0; i < 2 && r == 0; i++) {
        uint64_t node = i ? parent : dir->node;
        struct tree_attr attr;

        r = tree_getattr(t, node, &attr);
        if (r == 0)
            r = entries_add(e, dir->image, dots[i], strlen(dots[i]), node, &attr);
    }
    return r;
}

/* Where the walk puts what it meets. */
struct meeting {
    struct listing *l;
    const struct listing_image *image;
    struct ls_widths widths;
    bool measures;     /* only the widths of columns */
    struct entries *e; /* NULL: print at once */
};

static int meet(void *ctx, char *path, size_t name_at, uint64_t node, const struct tree_attr *attr)
{
    struct meeting *m = ctx;
    /* JSON and recursive lists have whole paths. */
    char *text = path + (m->l->recursive || m->l->json ? 0 : name_at);
    struct listing_item item = {m->image, text, node, *attr};

    if (m->measures) {
        ls_widths_add(&m->widths, attr);
        return 0;
    }
    if (m->e)
        return entries_add(m->e, m->image, text, strlen(text), node, attr);
    return m->l->json ? print_json(m->l, &item) : print_line(m->l, &m->widths, &item);
}

static int walk(struct listing *l, const struct listing_item *dir, struct meeting *m)
{
    const struct listing_walk w = {
        .tree = dir->image->tree, .all = l->all, .recursive = l->recursive, .meet = meet, .ctx = m};

    return listing_walk(&w, dir->path, dir->node);
}

/* Everything beneath a directory in the order of the walk is printed as it is met, whatever its number. */
static int print_walk(struct listing *l, const struct listing_item *dir)
{
    struct meeting m = {.l = l, .image = dir->image, .widths = {.human = l->human}, .measures = true};
    int r = l->long_lines ? walk(l, dir, &m) : 0;

    m.measures = false;
    return r < 0 ? r : walk(l, dir, &m);
}

static int print_dir(struct listing *l, const struct listing_item *dir)
{
    struct entries e = {0};
    struct meeting m = {.l = l, .image = dir->image, .e = &e};
    int r;

    if (l->recursive && !is_sorted(l))
        return print_walk(l, dir);
    r = l->dots && !l->json && !l->recursive ? add_dots(dir, &e) : 0;
    if (r == 0)
        r = walk(l, dir, &m);
    if (r == 0)
        r = print_items(l, e.items, e.n);
    entries_free(&e);
    return r;
}

static int print_heading(const struct listing_item *dir, bool first)
{
    const char *label = dir->image->label;
    int r = first || putchar('\n') != EOF ? 0 : -EIO;

    if (r == 0 && label)
        r = text_put(stdout, label, strlen(label), 0) < 0 || putchar(':') == EOF ? -EIO : 0;
    if (r == 0)
        r = text_put(stdout, dir->path, strlen(dir->path), TEXT_NAME);
    return r == 0 && fputs(":\n", stdout) < 0 ? -EIO : r;
}

/* Moves the directories behind the rest; the order of each kind stays. */
static size_t split(struct listing_item *items, size_t n, struct listing_item *scratch)
{
    size_t files = 0, dirs = 0;

    for (size_t i = 0; i < n; i++) {
        if (S_ISDIR(items[i].attr.mode))
            scratch[dirs++] = items[i];
        else
            items[files++] = items[i];
    }
    memcpy(items + files, scratch, dirs * sizeof *items);
    return files;
}

int listing_print(struct listing *l, struct listing_item *items, size_t n)
{
    cleanup_free struct listing_item *scratch = calloc(n ? n : 1, sizeof *scratch);
    size_t files;

    if (!scratch)
        return -ENOMEM;
    files = l->itself ? n : split(items, n, scratch);
    int r = print_items(l, items, files);
    sort(l, items + files, n - files);
    for (size_t i = files; i < n && r == 0; i++) {
        if (n > 1 && !l->recursive && !l->json)
            r = print_heading(&items[i], i == 0);
        if (r == 0)
            r = print_dir(l, &items[i]);
    }
    return r;
}
