/* SPDX-License-Identifier: Apache-2.0 */
#include "show/listing.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/ls_format.h"
#include "show/text.h"
#include "show/tree_path.h"

struct entry {
    char *name;
    uint64_t node; /* holds a reference */
    struct tree_attr attr;
};
struct entries {
    struct entry *entries;
    size_t n, cap;
};

static void entries_free(struct listing *l, struct entries *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->entries[i].node)
            tree_forget(l->tree, e->entries[i].node, 1);
        free(e->entries[i].name);
    }
    free(e->entries);
}

static int entries_add(struct entries *e, const char *name, size_t len, uint64_t node,
                       const struct tree_attr *attr)
{
    if (e->n == e->cap) {
        size_t cap = e->cap ? e->cap * 2 : 64;
        struct entry *more = reallocarray(e->entries, cap, sizeof *more);
        if (!more)
            return -ENOMEM;
        e->entries = more;
        e->cap = cap;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return -ENOMEM;
    e->entries[e->n++] = (struct entry){copy, node, *attr};
    return 0;
}

static int add_name(struct listing *l, struct entries *e, uint64_t dir, const char *name, size_t len)
{
    struct tree_attr attr;
    uint64_t node;

    int r = tree_lookup(l->tree, dir, name, len, &node, &attr);
    if (r == -ENOENT) /* a live directory may have lost it meanwhile */
        return 0;
    if (r < 0)
        return r;
    r = entries_add(e, name, len, node, &attr);
    if (r < 0)
        tree_forget(l->tree, node, 1);
    return r;
}

/* "." and "..": entries whose nodes are known. */
static int add_dots(struct listing *l, struct entries *e, uint64_t dir)
{
    static const char *const dots[] = {".", ".."};
    uint64_t parent, ino;
    int r = tree_parent(l->tree, dir, &parent, &ino);

    for (size_t i = 0; i < 2 && r == 0; i++) {
        struct tree_attr attr;
        r = tree_getattr(l->tree, i ? parent : dir, &attr);
        if (r == 0)
            r = entries_add(e, dots[i], strlen(dots[i]), 0, &attr);
    }
    return r;
}

static int read_dir(struct listing *l, uint64_t dir, struct entries *ret)
{
    char scratch[256];
    struct tree_entry entry;
    int r = l->all && !l->json ? add_dots(l, ret, dir) : 0;

    for (uint64_t i = 0; r == 0; i++) {
        int found = tree_entry(l->tree, dir, i, &entry, scratch);
        if (found <= 0)
            return found;
        if (entry.name[0] != '.' || l->all)
            r = add_name(l, ret, dir, entry.name, entry.name_len);
    }
    return r;
}

static int print_line(struct listing *l, const struct ls_widths *w, const char *name, uint64_t node,
                      const struct tree_attr *attr)
{
    cleanup_free char *target = NULL;
    size_t len;
    int r = l->long_lines ? ls_print_long(stdout, w, attr) : 0;

    if (r == 0)
        r = text_put(stdout, name, strlen(name), TEXT_NAME);
    if (r == 0 && l->long_lines && S_ISLNK(attr->mode)) {
        r = tree_link_target(l->tree, node, &target, &len);
        if (r == 0)
            r = fputs(" -> ", stdout) < 0 ? -EIO : text_put(stdout, target, len, TEXT_NAME);
    }
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

static int set_attr(struct listing *l, json_t *o, uint64_t node, const struct tree_attr *a)
{
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
    int r = tree_link_target(l->tree, node, &target, &len);
    return r < 0 ? r : json_set_text(o, "target", target, len);
}

static int print_json(struct listing *l, const char *path, uint64_t node, const struct tree_attr *attr)
{
    json_t *o = json_object();

    int r = o ? json_set_str(o, "path", path) : -ENOMEM;
    if (r == 0)
        r = set_attr(l, o, node, attr);
    if (r < 0) {
        json_decref(o);
        return r;
    }
    return json_list_add(&l->list, o);
}

/* Writes "DIR/NAME" to `ret`, which is empty; NULL on lack of memory. */
static const char *join(struct buf *ret, const char *dir, const char *name)
{
    const char *slash = dir[0] && dir[strlen(dir) - 1] == '/' ? "" : "/";
    return buf_printf(ret, "%s%s%s", dir, slash, name) < 0 ? NULL : buf_str(ret);
}

static int print_entry(struct listing *l, const struct ls_widths *w, const char *dir, const struct entry *e)
{
    cleanup_buf struct buf b = BUF_INIT;

    if (!l->json)
        return print_line(l, w, e->name, e->node, &e->attr);
    const char *path = join(&b, dir, e->name);
    return path ? print_json(l, path, e->node, &e->attr) : -ENOMEM;
}

/* Pushes the subdirectories on the stack of directories to list, the first one topmost, with their
 * references. Not recursive: the image determines the depth. */
static int push_dirs(struct entries *from, const char *dir, struct entries *stack)
{
    for (size_t i = from->n; i-- > 0;) {
        struct entry *e = &from->entries[i];
        cleanup_buf struct buf b = BUF_INIT;
        if (!S_ISDIR(e->attr.mode) || e->node == 0)
            continue;
        const char *path = join(&b, dir, e->name);
        int r = path ? entries_add(stack, path, b.len, e->node, &e->attr) : -ENOMEM;
        if (r < 0)
            return r;
        e->node = 0;
    }
    return 0;
}

static int print_dir(struct listing *l, const char *path, uint64_t node, bool heading, struct entries *stack)
{
    struct entries e = {0};
    struct ls_widths w = {0};

    int r = read_dir(l, node, &e);
    if (r == 0 && heading) {
        r = text_put(stdout, path, strlen(path), TEXT_NAME);
        if (r == 0 && fputs(":\n", stdout) < 0)
            r = -EIO;
    }
    for (size_t i = 0; i < e.n; i++)
        ls_widths_add(&w, &e.entries[i].attr);
    for (size_t i = 0; i < e.n && r == 0; i++)
        r = print_entry(l, &w, path, &e.entries[i]);
    if (r == 0 && stack)
        r = push_dirs(&e, path, stack);
    entries_free(l, &e);
    return r;
}

static int print_file(struct listing *l, const char *path, uint64_t node, const struct tree_attr *attr)
{
    struct ls_widths w = {0};

    ls_widths_add(&w, attr);
    return l->json ? print_json(l, path, node, attr) : print_line(l, &w, path, node, attr);
}

int listing_print(struct listing *l, const char *path, uint64_t node, const struct tree_attr *attr)
{
    struct entries stack = {0};

    if (!S_ISDIR(attr->mode))
        return print_file(l, path, node, attr);
    bool heading = l->recursive && !l->json;
    int r = print_dir(l, path, node, heading, l->recursive ? &stack : NULL);
    while (r == 0 && stack.n > 0) {
        struct entry dir = stack.entries[--stack.n];
        r = heading && putchar('\n') == EOF ? -EIO : print_dir(l, dir.name, dir.node, heading, &stack);
        tree_forget(l->tree, dir.node, 1);
        free(dir.name);
    }
    entries_free(l, &stack);
    return r;
}
