/* SPDX-License-Identifier: Apache-2.0 */
#include "show/tree_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/text.h"
#include "show/tree_path.h"
#include "study/key_table.h"

#define LINE_MORE "\u2502\u00a0\u00a0 "
#define LINE_NONE "    "
#define LINE_NAME "\u251c\u2500\u2500 "
#define LINE_LAST "\u2514\u2500\u2500 "

/* Sums of directories by the numbers of their nodes. */
struct sums {
    struct key_table nodes;
    uint64_t *bytes;
    uint64_t *parents; /* indexes in `bytes` */
    size_t room;
    struct key_table seen; /* files of several names */
};

static void sums_free(struct sums *s)
{
    key_table_free(&s->nodes);
    key_table_free(&s->seen);
    free(s->bytes);
    free(s->parents);
}

static int add_dir(struct sums *s, uint64_t node, uint64_t parent)
{
    size_t n;

    if (s->nodes.n == s->room) {
        size_t room = s->room ? 2 * s->room : 256;
        uint64_t *bytes = reallocarray(s->bytes, room, sizeof *bytes);
        if (bytes)
            s->bytes = bytes;
        uint64_t *parents = bytes ? reallocarray(s->parents, room, sizeof *parents) : NULL;
        if (!parents)
            return -ENOMEM;
        s->parents = parents;
        s->room = room;
    }
    int r = key_table_add(&s->nodes, node, &n);
    if (r == 1) {
        s->bytes[n] = 0;
        s->parents[n] = parent;
    }
    return r < 0 ? r : 0;
}

/* Adds the names of directory number `at`. */
static int add_names(struct sums *s, struct tree *t, size_t at)
{
    char scratch[256];
    struct tree_entry e;
    struct tree_attr attr;
    uint64_t node, dir = s->nodes.keys[at];

    for (uint64_t i = 0;; i++) {
        size_t unused;
        int r = tree_entry(t, dir, i, &e, scratch);
        if (r <= 0)
            return r;
        r = tree_lookup(t, dir, e.name, e.name_len, &node, &attr);
        if (r == -ENOENT)
            continue;
        if (r < 0)
            return r;
        tree_forget(t, node, 1); /* an image's nodes need no reference */
        if (S_ISDIR(attr.mode))
            r = add_dir(s, node, at);
        else if (S_ISREG(attr.mode)) {
            int is_new = attr.nlink > 1 ? key_table_add(&s->seen, node, &unused) : 1;
            r = is_new < 0 ? is_new : 0;
            s->bytes[at] += is_new > 0 ? attr.size : 0;
        }
        if (r < 0)
            return r;
    }
}

static int sums_make(struct sums *s, struct tree *t, uint64_t top)
{
    int r = add_dir(s, top, 0);

    for (size_t i = 0; i < s->nodes.n && r == 0; i++)
        r = add_names(s, t, i);
    for (size_t i = s->nodes.n; i-- > 1 && r == 0;) /* deeper ones have higher numbers */
        s->bytes[s->parents[i]] += s->bytes[i];
    return r;
}

/* A directory that is being printed. */
struct level {
    uint64_t dir; /* holds a reference */
    uint64_t next;
};

struct printing {
    const struct tree_print *p;
    struct sums sums;
    struct level *levels;
    size_t n;
    struct buf lines; /* drawn before the names of the last level */
    uint64_t dirs, files;
};

static int push(struct printing *at, uint64_t dir)
{
    struct level *more = array_room(at->levels, at->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    at->levels = more;
    at->levels[at->n++] = (struct level){dir, 0};
    return 0;
}

/* A name that is to be printed. */
struct shown {
    char name[256];
    uint64_t node, position; /* holds a reference */
    struct tree_attr attr;
};

/* Gets the next one at or after a position: 1, or 0 if there is none. */
static int find_shown(const struct tree_print *p, uint64_t dir, uint64_t position, struct shown *ret)
{
    char scratch[256];
    struct tree_entry e;

    for (;; position++) {
        int r = tree_entry(p->tree, dir, position, &e, scratch);
        if (r <= 0)
            return r;
        if (!p->all && e.name[0] == '.')
            continue;
        r = tree_lookup(p->tree, dir, e.name, e.name_len, &ret->node, &ret->attr);
        if (r == -ENOENT)
            continue;
        if (r < 0)
            return r;
        if (p->only_dirs && !S_ISDIR(ret->attr.mode)) {
            tree_forget(p->tree, ret->node, 1);
            continue;
        }
        memcpy(ret->name, e.name, e.name_len);
        ret->name[e.name_len] = '\0';
        ret->position = position;
        return 1;
    }
}

static uint64_t size_of(const struct printing *at, uint64_t node, const struct tree_attr *attr)
{
    size_t n;

    if (S_ISDIR(attr->mode))
        return at->p->totals && key_table_find(&at->sums.nodes, node, &n) == 0 ? at->sums.bytes[n] : 0;
    return S_ISREG(attr->mode) || S_ISLNK(attr->mode) ? attr->size : 0;
}

static int print_name(const struct printing *at, const char *name, uint64_t node,
                      const struct tree_attr *attr)
{
    cleanup_free char *target = NULL;
    size_t len;

    if ((at->p->sizes || at->p->totals) && printf("[%11" PRIu64 "]  ", size_of(at, node, attr)) < 0)
        return -EIO;
    int r = text_put(stdout, name, strlen(name), TEXT_NAME);
    if (r == 0 && S_ISLNK(attr->mode)) {
        r = tree_link_target(at->p->tree, node, &target, &len);
        if (r == 0)
            r = fputs(" -> ", stdout) < 0 ? -EIO : text_put(stdout, target, len, TEXT_NAME);
    }
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

/* Prints one name, and goes down into a directory. Takes over the reference. */
static int print_shown(struct printing *at, const struct shown *s, bool is_last)
{
    bool dir = S_ISDIR(s->attr.mode);
    int r = 0;

    if (fwrite(at->lines.data, 1, at->lines.len, stdout) != at->lines.len ||
        fputs(is_last ? LINE_LAST : LINE_NAME, stdout) < 0)
        r = -EIO;
    if (r == 0)
        r = print_name(at, s->name, s->node, &s->attr);
    at->dirs += dir;
    at->files += !dir;
    if (r == 0 && dir && at->n < at->p->max_depth) {
        r = buf_append(&at->lines, is_last ? LINE_NONE : LINE_MORE, strlen(is_last ? LINE_NONE : LINE_MORE));
        if (r == 0)
            r = push(at, s->node);
        if (r == 0)
            return 0;
    }
    tree_forget(at->p->tree, s->node, 1);
    return r;
}

/* Removes the lines of the last level. */
static void pop_lines(struct buf *lines)
{
    size_t none = strlen(LINE_NONE), more = strlen(LINE_MORE);
    const char *data = (const char *)lines->data;

    if (lines->len >= more && memcmp(data + lines->len - more, LINE_MORE, more) == 0)
        lines->len -= more;
    else if (lines->len >= none)
        lines->len -= none;
}

static int step(struct printing *at)
{
    struct level *level = &at->levels[at->n - 1];
    struct shown now, behind;
    int found = find_shown(at->p, level->dir, level->next, &now);

    if (found < 0)
        return found;
    if (found == 0) {
        tree_forget(at->p->tree, level->dir, 1);
        at->n--;
        pop_lines(&at->lines);
        return 0;
    }
    int more = find_shown(at->p, level->dir, now.position + 1, &behind);
    if (more > 0)
        tree_forget(at->p->tree, behind.node, 1);
    level->next = now.position + 1;
    if (more < 0) {
        tree_forget(at->p->tree, now.node, 1);
        return more;
    }
    return print_shown(at, &now, more == 0);
}

int tree_print(const struct tree_print *p, const char *path, uint64_t node, const struct tree_attr *attr)
{
    struct printing at = {.p = p, .lines = BUF_INIT};
    int r = p->totals && S_ISDIR(attr->mode) ? sums_make(&at.sums, p->tree, node) : 0;

    if (r == 0)
        r = print_name(&at, path, node, attr);
    if (r == 0 && S_ISDIR(attr->mode) && p->max_depth > 0) {
        tree_ref(p->tree, node, 1);
        r = push(&at, node);
        if (r < 0)
            tree_forget(p->tree, node, 1);
    }
    while (r == 0 && at.n > 0)
        r = step(&at);
    while (at.n > 0)
        tree_forget(p->tree, at.levels[--at.n].dir, 1);
    if (r == 0 && printf("\n%" PRIu64 " %s", at.dirs, at.dirs == 1 ? "directory" : "directories") < 0)
        r = -EIO;
    if (r == 0 && !p->only_dirs && printf(", %" PRIu64 " %s", at.files, at.files == 1 ? "file" : "files") < 0)
        r = -EIO;
    if (r == 0 && putchar('\n') == EOF)
        r = -EIO;
    free(at.levels);
    buf_free(&at.lines);
    sums_free(&at.sums);
    return r;
}
