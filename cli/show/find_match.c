/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "show/find_node.h"

enum {
    MINUTE = 60,
    DAY = 24 * 60 * 60,
};

static bool compares(const struct find_node *n, int64_t value)
{
    int64_t number = (int64_t)n->number;

    return n->compare == FIND_MORE   ? value > number
           : n->compare == FIND_LESS ? value < number
                                     : value == number;
}

static bool has_size(const struct find_node *n, uint64_t size)
{
    return compares(n, (int64_t)(size / n->unit + (size % n->unit != 0)));
}

static bool has_mode(const struct find_node *n, uint32_t mode)
{
    uint64_t bits = mode & 07777;

    switch (n->compare) {
    case FIND_LESS:
        return (bits & n->number) == n->number;
    case FIND_MORE:
        return n->number == 0 || (bits & n->number);
    default:
        return bits == n->number;
    }
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Whole units between, rounded down. */
static int64_t age_in(int64_t unit, const struct timespec *mtime, int64_t now)
{
    int64_t age = now - mtime->tv_sec - (mtime->tv_nsec > 0);

    return age >= 0 ? age / unit : -((-age + unit - 1) / unit);
}

/* As find(1): minutes are rounded up, unlike days. */
static int64_t minutes_old(const struct timespec *mtime, int64_t now)
{
    int64_t age = now - mtime->tv_sec; /* rounded up to seconds */

    return age > 0 ? (age + MINUTE - 1) / MINUTE : -(-age / MINUTE);
}

/* The expression matches the whole path. */
static bool fits(struct re_pattern_buffer *regex, const char *path)
{
    size_t len = strlen(path);

    return len < INT32_MAX && re_match(regex, path, (regoff_t)len, 0, NULL) == (regoff_t)len;
}

static int is_empty(const struct find_file *f)
{
    if (S_ISREG(f->attr->mode))
        return f->attr->size == 0;
    return S_ISDIR(f->attr->mode) ? f->is_empty_dir(f->ctx) : 0;
}

static int do_action(const struct find_node *n, const struct find_file *f)
{
    int r = f->act(f->ctx, n->action);
    return r < 0 ? r : 1;
}

static int no_account(const struct find_file *f, bool group)
{
    int r = f->has_account(f->ctx, group ? f->attr->gid : f->attr->uid, group);

    return r < 0 ? r : !r;
}

static int match(const struct find_expr *e, uint32_t at, const struct find_file *f)
{
    const struct find_node *n = &e->nodes[at];
    const struct tree_attr *a = f->attr;
    int r;

    switch (n->kind) {
    case FIND_TRUE:
        return 1;
    case FIND_FALSE:
        return 0;
    case FIND_AND:
        r = match(e, n->left, f);
        return r == 1 ? match(e, n->right, f) : r;
    case FIND_OR:
        r = match(e, n->left, f);
        return r == 0 ? match(e, n->right, f) : r;
    case FIND_NOT:
        r = match(e, n->left, f);
        return r < 0 ? r : !r;
    case FIND_NAME:
        return fnmatch(n->text, f->name, 0) == 0;
    case FIND_INAME:
        return fnmatch(n->text, f->name, FNM_CASEFOLD) == 0;
    case FIND_PATH:
        return fnmatch(n->text, f->path, 0) == 0;
    case FIND_IPATH:
        return fnmatch(n->text, f->path, FNM_CASEFOLD) == 0;
    case FIND_REGEX:
        return fits(n->regex, f->path);
    case FIND_LNAME:
    case FIND_ILNAME:
        return S_ISLNK(a->mode) ? f->has_target(f->ctx, n->text, n->kind == FIND_ILNAME ? FNM_CASEFOLD : 0)
                                : 0;
    case FIND_NO_USER:
    case FIND_NO_GROUP:
        return no_account(f, n->kind == FIND_NO_GROUP);
    case FIND_INUM:
        return compares(n, (int64_t)a->ino);
    case FIND_MMIN:
        return compares(n, minutes_old(&a->mtime, e->now));
    case FIND_TYPE:
        return (n->number >> ((a->mode & S_IFMT) >> 12)) & 1;
    case FIND_SIZE:
        return has_size(n, a->size);
    case FIND_PERM:
        return has_mode(n, a->mode);
    case FIND_UID:
        return compares(n, a->uid);
    case FIND_GID:
        return compares(n, a->gid);
    case FIND_LINKS:
        return compares(n, a->nlink);
    case FIND_NEWER:
        return is_newer(&a->mtime, &n->time);
    case FIND_MTIME:
        return compares(n, age_in(DAY, &a->mtime, e->now));
    case FIND_XATTR:
        return f->has_xattr(f->ctx, n->text);
    case FIND_EMPTY:
        return is_empty(f);
    case FIND_DO:
        return do_action(n, f);
    }
    return 0;
}

int find_match(const struct find_expr *e, const struct find_file *f)
{
    return match(e, e->top, f);
}
