/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "disk/lease_text.h"
#include "disk/root.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/fd.h"

#define LEASE_NAME_MAX (STORE_ID_LEN + sizeof(".json"))

struct lease {
    int dir_fd, fd; /* leases/, and the locked file */
    char name[LEASE_NAME_MAX];
};

/* Takes an open file description lock on the whole file, without waiting. -EAGAIN on a conflict. */
static int try_lock(int fd, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

/* Creates leases/.ID and locks it. Retries with a new name if a process that looks for dead leases got the
 * lock first. */
static int make_locked(int dir, char id[STORE_ID_LEN + 1], char tmp[LEASE_NAME_MAX])
{
    for (int tries = 0; tries < 64; tries++) {
        cleanup_fd int fd = -1;
        struct stat st;
        int r = store_random_id(id);

        if (r < 0)
            return r;
        snprintf(tmp, LEASE_NAME_MAX, ".%s", id);
        fd = beneath_open(dir, tmp, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd < 0)
            return fd;
        r = try_lock(fd, F_WRLCK);
        if (r == -EAGAIN)
            continue;
        if (r == 0 && fstat(fd, &st) < 0)
            r = -errno;
        if (r < 0) {
            unlinkat(dir, tmp, 0);
            return r;
        }
        if (st.st_nlink > 0)
            return steal_fd(&fd);
    }
    return -EBUSY;
}

/* Creates the file, complete and locked before it has its name. */
static int publish(struct lease *l, const char *text, size_t len)
{
    char id[STORE_ID_LEN + 1], tmp[LEASE_NAME_MAX];
    int r;

    l->fd = make_locked(l->dir_fd, id, tmp);
    if (l->fd < 0)
        return l->fd;
    snprintf(l->name, sizeof(l->name), "%s.json", id);
    r = fd_write(l->fd, text, len);
    if (r == 0 && renameat(l->dir_fd, tmp, l->dir_fd, l->name) < 0)
        r = -errno;
    if (r < 0)
        unlinkat(l->dir_fd, tmp, 0);
    return r;
}

static void lease_free(struct lease *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->dir_fd >= 0)
        close(l->dir_fd);
    free(l);
}

int lease_take(struct store *s, const struct lease_info *info, struct lease **ret, struct err *err)
{
    cleanup_free char *text = NULL;
    cleanup_fd int lock = -1;
    struct lease *l;
    size_t len;
    int r = lease_format(info, &text, &len);

    if (r < 0)
        return err_errno(err, -r, "cannot describe the mount on %s",
                         info->mountpoint ? info->mountpoint : "(nothing)");
    lock = store_lock(s, LOCK_SH, err);
    if (lock < 0)
        return lock;
    l = malloc(sizeof(*l));
    if (!l)
        return err_errno(err, ENOMEM, "cannot make a lease in %s", s->path);
    l->fd = -1;
    l->dir_fd = store_open_dir(s, "leases");
    r = l->dir_fd < 0 ? l->dir_fd : publish(l, text, len);
    if (r < 0) {
        lease_free(l);
        return err_errno(err, -r, "cannot make a lease in %s", s->path);
    }
    *ret = l;
    return 0;
}

void lease_drop(struct lease *l)
{
    if (!l)
        return;
    unlinkat(l->dir_fd, l->name, 0);
    lease_free(l);
}

enum lease_name { NAME_NONE, NAME_LEASE, NAME_UNFINISHED };

static enum lease_name classify(const char *name)
{
    bool dot = name[0] == '.';

    name += dot;
    if (strspn(name, "0123456789abcdef") != STORE_ID_LEN)
        return NAME_NONE;
    if (strcmp(name + STORE_ID_LEN, dot ? "" : ".json") != 0)
        return NAME_NONE;
    return dot ? NAME_UNFINISHED : NAME_LEASE;
}

/* Returns 1 and the lease if `name` is a live one, 0 if it is dead (and removes it), unfinished or gone. A
 * read lock conflicts with the holder's lock and needs no write permission. */
static int look_at(struct store *s, int dir, const char *name, struct lease_info *ret, struct err *err)
{
    cleanup_fd int fd = beneath_open(dir, name, O_RDONLY | O_NONBLOCK, 0);
    cleanup_free char *text = NULL;
    size_t len;
    int r = fd < 0 ? fd : try_lock(fd, F_RDLCK);

    if (r == -ENOENT)
        return 0;
    if (r == 0)
        unlinkat(dir, name, 0);
    else if (r != -EAGAIN)
        return err_errno(err, -r, "cannot look at lease %s in %s", name, s->path);
    if (r == 0 || classify(name) != NAME_LEASE)
        return 0;
    r = fd_slurp(fd, LEASE_MAX_BYTES, &text, &len);
    if (r == 0)
        r = lease_parse(text, len, ret);
    return r < 0 ? err_errno(err, -r, "cannot read lease %s in %s", name, s->path) : 1;
}

static int append(struct lease_list *list, struct lease_info *info)
{
    struct lease_info *more = array_room(list->leases, list->n, sizeof(*more));

    if (!more) {
        lease_info_clear(info);
        return -ENOMEM;
    }
    list->leases = more;
    more[list->n++] = *info;
    return 0;
}

static int compare_leases(const void *a, const void *b)
{
    return strcmp(((const struct lease_info *)a)->mountpoint, ((const struct lease_info *)b)->mountpoint);
}

static int gather(struct store *s, DIR *dir, struct lease_list *list, struct err *err)
{
    int r;

    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        struct lease_info info;

        r = classify(e->d_name) == NAME_NONE ? 0 : look_at(s, dirfd(dir), e->d_name, &info, err);

        if (r < 0)
            return r;
        if (r == 1 && append(list, &info) < 0)
            return err_errno(err, ENOMEM, "cannot list the leases of %s", s->path);
    }
    return r < 0 ? err_errno(err, -r, "cannot list the leases of %s", s->path) : 0;
}

int store_leases(struct store *s, struct lease_list *ret, struct err *err)
{
    struct lease_list list = {NULL, 0};
    cleanup_dir DIR *dir = NULL;
    int r = dir_of(store_open_dir(s, "leases"), &dir);

    if (r < 0)
        return err_errno(err, -r, "cannot list the leases of %s", s->path);
    r = gather(s, dir, &list, err);
    if (r < 0) {
        lease_list_free(&list);
        return r;
    }
    if (list.n)
        qsort(list.leases, list.n, sizeof(*list.leases), compare_leases);
    *ret = list;
    return 0;
}

void lease_list_free(struct lease_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        lease_info_clear(&l->leases[i]);
    free(l->leases);
    *l = (struct lease_list){NULL, 0};
}
