/* SPDX-License-Identifier: Apache-2.0 */
/* All branches of a store. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "disk/branch_dir.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"

/* Returns 1 with an entry, 0 if the branch was just removed, or -ENOMEM. */
static int look_at(int branches, const char *name, struct branch_entry *ret)
{
    cleanup_fd int dir = beneath_open(branches, name, O_RDONLY | O_DIRECTORY, 0);
    cleanup_fd int fd = dir < 0 ? dir : beneath_open(dir, BRANCH_FILE, O_RDONLY | O_NONBLOCK, 0);

    *ret = (struct branch_entry){.fault = 0};
    if (dir == -ENOENT)
        return 0;
    ret->held = fd >= 0 && branch_is_locked(fd);
    ret->fault = fd < 0 ? fd : branch_read(fd, name, &ret->info, NULL);
    if (ret->fault == -ENOMEM)
        return -ENOMEM;
    ret->name = strdup(name);
    return ret->name ? 1 : -ENOMEM;
}

static int append(struct branch_list *l, const struct branch_entry *e)
{
    struct branch_entry *more = array_room(l->branches, l->n, sizeof(*more));

    if (!more)
        return -ENOMEM;
    l->branches = more;
    more[l->n++] = *e;
    return 0;
}

static int gather(DIR *dir, struct branch_list *l)
{
    int r;

    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        struct branch_entry entry;

        r = store_branch_check_name(e->d_name, NULL) < 0 ? 0 : look_at(dirfd(dir), e->d_name, &entry);
        if (r == 1)
            r = append(l, &entry);
        if (r < 0) {
            free(entry.name);
            branch_info_clear(&entry.info);
            return r;
        }
    }
    return r;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct branch_entry *)a)->name, ((const struct branch_entry *)b)->name);
}

int store_branches(struct store *s, struct branch_list *ret, struct err *err)
{
    struct branch_list l = {NULL, 0};
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(store_open_dir(s, "branches"), &dir);

    if (r == 0)
        r = gather(dir, &l);
    if (r < 0) {
        branch_list_free(&l);
        return err_errno(err, -r, "cannot list the branches of %s", s->path);
    }
    if (l.n)
        qsort(l.branches, l.n, sizeof(*l.branches), by_name);
    *ret = l;
    return 0;
}

void branch_list_free(struct branch_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->branches[i].name);
        branch_info_clear(&l->branches[i].info);
    }
    free(l->branches);
    *l = (struct branch_list){NULL, 0};
}

/* Decides by the branch that is held: the name may have another one by now. */
static void remove_if_temporary(struct store *s, const char *name)
{
    struct branch_info info = {.image = NULL};
    struct branch_hold *h;
    bool temporary;

    if (store_branch_hold(s, name, &h, NULL) < 0)
        return;
    temporary = store_branch_info(h, &info, NULL) == 0 && info.temporary;
    if (temporary) {
        (void)store_branch_remove(h, NULL);
    } else {
        store_branch_release(h);
    }
    branch_info_clear(&info);
}

void store_branches_sweep(struct store *s)
{
    struct branch_list l;

    if (store_branches(s, &l, NULL) < 0)
        return;
    for (size_t i = 0; i < l.n; i++)
        if (l.branches[i].info.temporary && !l.branches[i].held)
            remove_if_temporary(s, l.branches[i].name);
    branch_list_free(&l);
}
