/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of one file. A file with several names in the tree is copied up under one of them; the other names
 * show the copy without an entry in the upper. A layer with one name of a file must contain all of them, or
 * extraction makes two files. Only a second walk through all names finds them; it is made only if such a file
 * exists.
 */
#include "union/changes_links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/cleanup.h"
#include "union/changes_compare.h"
#include "union/changes_walk.h"
#include "union/links.h"

/* Files whose other names the second walk looks for. */
struct wanted {
    uint64_t *inos; /* sorted */
    bool *said;     /* a name of it has a record that is not CHANGE_NONE */
    size_t n;
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool *find_said(const struct wanted *s, uint64_t ino)
{
    const uint64_t *at = s->n ? bsearch(&ino, s->inos, s->n, sizeof *s->inos, by_number) : NULL;

    return at ? &s->said[at - s->inos] : NULL;
}

static bool is_linked(const struct change *c)
{
    return c->node && !S_ISDIR(c->mode) && c->nlink > 1;
}

/* ---- which files */

/* Keep the sorted inode numbers that occur less often than their files have names. */
static int want_incomplete(const struct changes *c, struct wanted *s)
{
    cleanup_free uint64_t *inos = calloc(c->n + 1, sizeof *inos);
    size_t n = 0;

    if (!inos)
        return -ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        if (is_linked(&c->list[i]))
            inos[n++] = c->list[i].ino;
    qsort(inos, n, sizeof *inos, by_number);
    for (size_t i = 0; i < c->n; i++) {
        uint64_t *at =
            is_linked(&c->list[i]) ? bsearch(&c->list[i].ino, inos, n, sizeof *inos, by_number) : NULL;
        size_t names = 1;

        if (!at)
            continue;
        for (uint64_t *k = at; k > inos && k[-1] == *at; k--)
            names++;
        for (uint64_t *k = at; k + 1 < inos + n && k[1] == *at; k++)
            names++;
        if (names < c->list[i].nlink)
            s->inos[s->n++] = *at;
    }
    return 0;
}

static size_t count_copied(const struct un *u)
{
    size_t n = 0;

    for (struct node *node = links_next(u, NULL); node; node = links_next(u, node))
        n++;
    return n;
}

static int want_all(struct change_walk *w, struct wanted *s)
{
    const struct changes *c = w->changes;
    size_t kept = 0;
    int r;

    s->inos = calloc(c->n + count_copied(w->un) + 1, sizeof *s->inos);
    if (!s->inos)
        return -ENOMEM;
    r = want_incomplete(c, s);
    if (r < 0)
        return r;
    for (struct node *n = links_next(w->un, NULL); n; n = links_next(w->un, n))
        if (n->tree_names > 0)
            s->inos[s->n++] = n->ino;
    qsort(s->inos, s->n, sizeof *s->inos, by_number);
    for (size_t i = 0; i < s->n; i++)
        if (kept == 0 || s->inos[kept - 1] != s->inos[i])
            s->inos[kept++] = s->inos[i];
    s->n = kept;
    s->said = calloc(kept + 1, sizeof *s->said);
    if (!s->said)
        return -ENOMEM;
    for (size_t i = 0; i < c->n; i++) {
        bool *said = is_linked(&c->list[i]) ? find_said(s, c->list[i].ino) : NULL;

        if (said)
            *said = true;
    }
    return 0;
}

/* ---- the second walk, through all names */

static int seek_dir(struct change_walk *w, const struct wanted *s, uint64_t dir, uint64_t base);

static int seek_found(struct change_walk *w, const struct wanted *s, struct both *b)
{
    bool same_type = b->base && (b->attr.mode & S_IFMT) == (b->st.st_mode & S_IFMT);
    bool *said = find_said(s, b->st.st_ino);
    struct change *c;
    int r = same_type ? both_compare(w, b) : DIFFERENT;

    if (r < 0 || !said)
        return r < 0 ? r : 0;
    *said |= r == DIFFERENT || r == SAME_APART;
    r = walk_add(w, r != DIFFERENT ? CHANGE_NONE : b->base ? CHANGE_CHANGED : CHANGE_ADDED, b, &c);
    if (r == 0)
        c->again = true;
    return r;
}

/* A directory's record precedes its content and is removed if no record follows. */
static int seek_beneath(struct change_walk *w, const struct wanted *s, struct both *b)
{
    uint64_t node = b->node, base = b->base && S_ISDIR(b->attr.mode) ? b->base : 0;
    size_t record = w->changes->n;
    struct change *c;
    int r = walk_add(w, CHANGE_NONE, b, &c);

    if (r < 0)
        return r;
    c->again = true;
    r = seek_dir(w, s, node, base);
    if (r == 0 && w->changes->n == record + 1) {
        change_clear(w->un, &w->changes->list[record]);
        w->changes->n--;
    }
    return r;
}

static int seek_name(struct change_walk *w, const struct wanted *s, uint64_t dir, uint64_t base,
                     const char *name)
{
    struct both b;
    size_t before;
    int r = both_look(w, dir, base, name, &b);

    if (r > 0 && b.node && (r = walk_enter(w, name, &before)) == 0) {
        r = S_ISDIR(b.st.st_mode) ? seek_beneath(w, s, &b) : seek_found(w, s, &b);
        walk_leave(w, before);
    }
    both_done(w, &b);
    return r < 0 && !walk_has_vanished(w, r) ? r : 0;
}

static int seek_dir(struct change_walk *w, const struct wanted *s, uint64_t dir, uint64_t base)
{
    char scratch[256];
    struct un_entry e;
    int r;

    for (uint64_t cookie = 0; (r = un_entry(w->un, dir, cookie, &e, scratch)) > 0; cookie = e.next) {
        bool wanted = e.mode == S_IFDIR || !e.mode || !e.ino || find_said(s, e.ino);

        if (!e.is_dot && wanted && (r = seek_name(w, s, dir, base, e.name)) < 0)
            break;
    }
    return r;
}

/* ---- merging both walks */

static unsigned rank(char c)
{
    return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1u;
}

/* Sort in walk order; of two records of one path, the first walk's first. */
static int by_path(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    const char *p = x->path, *q = y->path;

    while (*p && *p == *q)
        p++, q++;
    return *p == *q ? x->again - y->again : rank(*p) < rank(*q) ? -1 : 1;
}

static bool is_beneath(const struct change *c, const char *dir)
{
    size_t len = strlen(dir);

    return len == 0 || (strncmp(c->path, dir, len) == 0 && c->path[len] == '/');
}

/* Remove duplicates, unchanged files, then directories left empty. */
static void drop_useless(struct change_walk *w, const struct wanted *s)
{
    struct changes *c = w->changes;
    size_t n = c->n, kept = n;
    const struct change *next = NULL;

    for (size_t i = n; i-- > 0;) {
        struct change *x = &c->list[i];
        const bool *said = S_ISDIR(x->mode) ? NULL : find_said(s, x->ino);
        bool twice = i > 0 && x->again && strcmp(x->path, c->list[i - 1].path) == 0;
        bool useless = x->again && S_ISDIR(x->mode) && !(next && is_beneath(next, x->path));

        if (twice || useless || (x->again && said && !*said)) {
            change_clear(w->un, x);
            continue;
        }
        c->list[--kept] = *x;
        next = &c->list[kept];
    }
    memmove(c->list, c->list + kept, (n - kept) * sizeof *c->list);
    c->n = n - kept;
}

/* ---- which names are of one file */

struct named {
    uint64_t ino;
    size_t position;
};

static int by_file(const void *a, const void *b)
{
    const struct named *x = a, *y = b;

    return x->ino != y->ino            ? (x->ino < y->ino ? -1 : 1)
           : x->position < y->position ? -1
                                       : x->position > y->position;
}

static int link_names(struct changes *c)
{
    cleanup_free struct named *all = calloc(c->n + 1, sizeof *all);
    size_t n = 0, first = 0;

    if (!all)
        return -ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        if (is_linked(&c->list[i]))
            all[n++] = (struct named){c->list[i].ino, i};
    qsort(all, n, sizeof *all, by_file);
    for (size_t i = 1; i < n; i++) {
        if (all[i].ino != all[first].ino)
            first = i;
        else
            c->list[all[i].position].link = all[first].position + 1;
    }
    return 0;
}

static int add_names(struct change_walk *w, struct wanted *s)
{
    int r = want_all(w, s);

    if (r < 0 || s->n == 0)
        return r;
    r = seek_dir(w, s, UN_ROOT, TREE_ROOT);
    if (r < 0)
        return r;
    qsort(w->changes->list, w->changes->n, sizeof *w->changes->list, by_path);
    drop_useless(w, s);
    return 0;
}

int walk_add_links(struct change_walk *w)
{
    struct wanted s = {.n = 0};
    int r = w->since_nothing || !w->un->branch ? 0 : add_names(w, &s);

    free(s.inos);
    free(s.said);
    return r < 0 ? r : link_names(w->changes);
}
