/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "explore/match.h"
#include "study/key_table.h"

/* The name of the directory that is being added up. */
struct sum {
    struct buf path; /* empty: no directory */
    bool of_b;
    uint64_t bytes;
    struct key_table seen; /* files of several names: layer << 32 | inode */
};

static int end_sum(struct sum *s, const struct job_watch *w)
{
    int r = s->path.len ? w->sum(w->ctx, s->path.data, s->bytes) : 0;

    s->path.len = 0;
    s->bytes = 0;
    key_table_free(&s->seen);
    s->seen = (struct key_table){0};
    return r;
}

static int begin_sum(struct sum *s, const struct view_pair *p)
{
    const struct study_thing *t = p->b.exists ? &p->b : &p->a;

    s->of_b = p->b.exists;
    if (!S_ISDIR(t->inode.mode))
        return 0;
    return buf_append(&s->path, p->text, p->len) < 0 || !buf_str(&s->path) ? -ENOMEM : 0;
}

static int add_file(struct sum *s, const struct study_thing *t)
{
    size_t at;
    int r = 1;

    if (!t->exists || !S_ISREG(t->inode.mode))
        return 0;
    if (t->inode.nlink > 1)
        r = key_table_add(&s->seen, (uint64_t)t->layer << 32 | t->number, &at);
    if (r > 0)
        s->bytes = s->bytes > UINT64_MAX - t->inode.size ? UINT64_MAX : s->bytes + t->inode.size;
    return r < 0 ? r : 0;
}

static int sum_path(struct sum *s, const struct view_pair *p, size_t depth, const struct job_watch *w)
{
    int r = 0;

    if (p->depth == depth + 1) {
        r = end_sum(s, w);
        if (r == 0)
            r = begin_sum(s, p);
    } else if (p->depth > depth + 1 && s->path.len) {
        r = add_file(s, s->of_b ? &p->b : &p->a);
    }
    return r;
}

int job_sums(struct view *v, const char *dir, const struct job_watch *w)
{
    cleanup_free char *text = strdup(dir);
    cleanup_free const char **names = NULL;
    struct sum s = {.path = BUF_INIT};
    struct view_pair p;
    int n = text ? path_names(text, &names) : -ENOMEM;
    int r = n < 0 ? n : view_enter(v, names, (size_t)n);

    while (r == 0 && (r = view_next(v, &p)) > 0) {
        if (w->wanted && !w->wanted(w->ctx))
            r = -ECANCELED;
        else
            r = sum_path(&s, &p, (size_t)n, w);
    }
    if (r == 0)
        r = end_sum(&s, w);
    key_table_free(&s.seen);
    buf_free(&s.path);
    return r;
}

int job_search(struct view *v, const char *text, unsigned kinds, const struct job_watch *w)
{
    struct view_pair p;
    int r = view_enter(v, NULL, 0);

    while (r == 0 && (r = view_next(v, &p)) > 0) {
        r = 0;
        if (w->wanted && !w->wanted(w->ctx))
            return -ECANCELED;
        /* Where nothing has changed, only unchanged files are. */
        if (p.quiet && !(kinds & ROWS_SAME))
            view_skip(v);
        if (p.depth && rows_kind(p.change) & kinds && match_path(text, p.text))
            r = w->found(w->ctx, &p);
    }
    return r;
}
