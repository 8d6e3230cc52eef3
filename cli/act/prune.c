/* SPDX-License-Identifier: Apache-2.0 */
#include "act/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "command/verb.h"
#include "disk/branch.h"
#include "disk/store.h"
#include "os/cleanup.h"
#include "os/disk_usage.h"

#define SECOND 1000000000LL

static int64_t later(int64_t ns, const struct timespec *t)
{
    int64_t other = t->tv_sec * SECOND + t->tv_nsec;

    return other > ns ? other : ns;
}

/* Time of a branch's creation, last change at its top, or last mount (which empties its work directory). */
static int last_use(struct store *s, const char *name, int64_t created, int64_t *ret)
{
    static const char *const parts[] = {"", "/upper", "/work", "/work/work"};

    *ret = created * SECOND;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cleanup_free char *path = NULL;
        struct stat st;

        if (asprintf(&path, "branches/%s%s", name, parts[i]) < 0) {
            path = NULL;
            return -ENOMEM;
        }
        if (fstatat(store_fd(s), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        *ret = later(*ret, &st.st_mtim);
        *ret = later(*ret, &st.st_ctim);
    }
    return 0;
}

static int measure(struct store *s, struct prune_branch *b)
{
    cleanup_free char *path = NULL;

    if (asprintf(&path, "%s/branches/%s", store_path(s), b->name) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    return disk_usage(path, &b->disk_size);
}

static int add(struct store *s, struct prune *p, const struct branch_entry *e, int64_t latest)
{
    struct prune_branch *b = &p->branches[p->n];
    int r;

    *b = (struct prune_branch){.is_temporary = e->info.temporary};
    r = last_use(s, e->name, e->info.created, &b->last_use);
    if (r < 0 || (!b->is_temporary && b->last_use > latest))
        return r;
    b->name = strdup(e->name);
    if (!b->name)
        return -ENOMEM;
    p->n++;
    return measure(s, b);
}

int prune_choose(struct store *s, bool all, int64_t age, struct prune *ret, struct err *err)
{
    struct branch_list l = {NULL, 0};
    int64_t latest = age ? ((int64_t)time(NULL) - age) * SECOND : INT64_MAX;
    int r = store_branches(s, &l, err);

    *ret = (struct prune){.n = 0};
    if (r < 0)
        return r;
    ret->branches = calloc(l.n + 1, sizeof *ret->branches);
    r = ret->branches ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < l.n; i++) {
        const struct branch_entry *e = &l.branches[i];

        if (!e->fault && !e->held && (all || e->info.temporary))
            r = add(s, ret, e, latest);
    }
    branch_list_free(&l);
    return r < 0 ? err_errno(err, -r, "cannot list the branches of %s", store_path(s)) : 0;
}

/* 1: removed; 0: used since; -1 after an error message. */
static int remove_one(struct store *s, const struct prune_branch *b)
{
    struct branch_hold *h;
    struct branch_info info = {.image = NULL};
    struct err err = {""};
    int64_t used;
    int r = store_branch_hold(s, b->name, &h, &err);

    if (r == -EBUSY || r == -ENOENT)
        return 0;
    if (r < 0)
        return cli_fail(&err), -1;
    r = store_branch_info(h, &info, &err);
    if (r == 0 && last_use(s, b->name, info.created, &used) < 0)
        r = err_errno(&err, ENOMEM, "cannot remove branch %s", b->name);
    branch_info_clear(&info);
    if (r < 0 || used > b->last_use) {
        store_branch_release(h);
        return r < 0 ? (cli_fail(&err), -1) : 0;
    }
    return store_branch_remove(h, &err) < 0 ? (cli_fail(&err), -1) : 1;
}

int prune_remove(struct store *s, struct prune *p)
{
    int status = STATUS_DONE;
    size_t kept = 0;

    for (size_t i = 0; i < p->n; i++) {
        struct prune_branch *b = &p->branches[i];
        int r = remove_one(s, b);

        if (r < 0)
            status = STATUS_FAILED;
        if (r == 0 && !b->is_temporary)
            cli_notef("branch %s is used again, and stays", b->name);
        if (r > 0)
            p->branches[kept++] = *b;
        else
            free(b->name);
    }
    p->n = kept;
    return status;
}

void prune_free(struct prune *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->branches[i].name);
    free(p->branches);
    *p = (struct prune){.n = 0};
}
