/* SPDX-License-Identifier: Apache-2.0 */
/* A branch in the store: creating, holding, renaming, removing. */
#include "disk/branch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "disk/branch_dir.h"
#include "disk/branch_text.h"
#include "disk/lease.h"
#include "disk/object.h"
#include "disk/staging.h"
#include "disk/store.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "os/patience.h"

#define STAGED "branch" /* its name in a directory of tmp/ */

struct branch_hold {
    struct store *store;
    int branches_fd; /* STORE/branches */
    int dir_fd;      /* STORE/branches/NAME */
    int lock_fd;     /* its branch.json, locked */
    char name[STORE_BRANCH_NAME_MAX + 1];
};

static void cleanup_hold_p(struct branch_hold **h)
{
    store_branch_release(*h);
}

#define cleanup_hold cleanup(cleanup_hold_p)

void store_branch_release(struct branch_hold *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < 3; i++) {
        int fd = i == 0 ? h->lock_fd : i == 1 ? h->dir_fd : h->branches_fd;

        if (fd >= 0)
            close(fd);
    }
    free(h);
}

static struct branch_hold *new_hold(struct store *s, const char *name, struct err *err)
{
    struct branch_hold *h = malloc(sizeof(*h));

    if (!h) {
        err_errno(err, ENOMEM, "branch %s", name);
        return NULL;
    }
    *h = (struct branch_hold){
        .store = s, .branches_fd = store_open_dir(s, "branches"), .dir_fd = -1, .lock_fd = -1};
    snprintf(h->name, sizeof(h->name), "%s", name);
    if (h->branches_fd >= 0)
        return h;
    err_errno(err, -h->branches_fd, "cannot look at the branches of %s", s->path);
    store_branch_release(h);
    return NULL;
}

/* ---- creating */

static int make_directory(int dir, const char *name, mode_t mode)
{
    cleanup_fd int fd = -1;

    if (mkdirat(dir, name, 0700) < 0)
        return -errno;
    fd = beneath_open(dir, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0) /* independent of the umask */
        return -errno;
    return 0;
}

/* Creates the files of a branch in `tmp`, locked and synced. The root of the upper gets its owner and mode
 * from the image's at its first change. */
static int make_in(int tmp, struct branch_hold *h, const char *text, size_t len)
{
    int r = mkdirat(tmp, STAGED, 0700) < 0 ? -errno : 0;

    if (r < 0)
        return r;
    h->dir_fd = beneath_open(tmp, STAGED, O_RDONLY | O_DIRECTORY, 0);
    if (h->dir_fd < 0)
        return h->dir_fd;
    h->lock_fd = beneath_open(h->dir_fd, BRANCH_FILE, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (h->lock_fd < 0)
        return h->lock_fd;
    r = branch_lock(h->lock_fd);
    if (r == 0)
        r = fd_write(h->lock_fd, text, len);
    if (r == 0 && fsync(h->lock_fd) < 0)
        r = -errno;
    if (r == 0)
        r = make_directory(h->dir_fd, "upper", 0755);
    if (r == 0)
        r = make_directory(h->dir_fd, "work", 0700);
    return r == 0 && fsync(h->dir_fd) < 0 ? -errno : r;
}

/* A rename never replaces a branch, because rename(2) does not replace a non-empty directory. */
static int move_to(int from_dir, const char *from, struct branch_hold *h, const char *name)
{
    if (renameat(from_dir, from, h->branches_fd, name) < 0)
        return errno == ENOTEMPTY || errno == ENOTDIR ? -EEXIST : -errno;
    return fsync(h->branches_fd) < 0 ? -errno : 0;
}

static int say_exists(struct err *err, const char *name)
{
    return err_set(err, EEXIST, "branch %s exists", name);
}

int store_branch_create(struct store *s, const char *name, const struct branch_info *info,
                        struct branch_hold **ret, struct err *err)
{
    cleanup_hold struct branch_hold *h = NULL;
    cleanup_free char *text = NULL;
    cleanup_fd int lock = -1;
    char label[OBJECT_LABEL_MAX];
    struct staging staging;
    size_t len;
    int r = store_branch_check_name(name, err);

    if (r < 0)
        return r;
    r = branch_text_format(info, &text, &len);
    if (r < 0)
        return err_errno(err, -r, "cannot describe branch %s", name);
    h = new_hold(s, name, err);
    if (!h)
        return -EIO;
    staging_sweep(s);
    /* Hold the lock from finding the tree to having the branch: a removal of objects cannot run in
     * between. */
    lock = store_lock(s, LOCK_SH, err);
    if (lock < 0)
        return lock;
    if (!object_exists(store_with(s, OBJECT_TREE, &info->chain_id), OBJECT_TREE, &info->chain_id))
        return err_set(err, ENOENT, "%s is not in %s", object_label(OBJECT_TREE, &info->chain_id, label),
                       s->path);
    if (!store_has_blob(s, &info->manifest))
        return err_set(err, ENOENT, "%s is not in %s", object_label(OBJECT_BLOB, &info->manifest, label),
                       s->path);
    r = staging_create(s, &staging);
    if (r == 0) {
        r = make_in(staging.fd, h, text, len);
        if (r == 0)
            r = move_to(staging.fd, STAGED, h, name);
        staging_remove(&staging);
    }
    if (r == -EEXIST)
        return say_exists(err, name);
    if (r < 0)
        return err_errno(err, -r, "cannot make branch %s in %s", name, s->path);
    *ret = steal_ptr(&h);
    return 0;
}

/* ---- holding */

/* Reports the holder, if a lease names it. */
static int say_busy(struct store *s, const char *name, struct err *err)
{
    struct lease_list leases;
    int r = -EBUSY;

    if (store_leases(s, &leases, err) < 0)
        return -EBUSY;
    err_set(err, EBUSY,
            "branch %s is in use by another process: it is being mounted, committed, renamed or removed",
            name);
    for (size_t i = 0; i < leases.n; i++) {
        const struct lease_info *l = &leases.leases[i];

        if (l->branch && strcmp(l->branch, name) == 0)
            r = err_set(err, EBUSY, "branch %s is mounted on %s by process %" PRId64, name, l->mountpoint,
                        l->pid);
    }
    lease_list_free(&leases);
    return r;
}

/* Is the branch still in place? It may have been renamed or removed between opening and locking. */
static bool still_has_name(const struct branch_hold *h)
{
    struct stat ours, named;

    return fstat(h->dir_fd, &ours) == 0 &&
           fstatat(h->branches_fd, h->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static int lock_patiently(int fd)
{
    struct patience patience = patience_begin();
    int r = branch_lock(fd);

    while (r == -EAGAIN && patience_wait(&patience))
        r = branch_lock(fd);
    return r;
}

static int say_missing(const struct store *s, const char *name, struct err *err)
{
    return err_set(err, ENOENT, "no branch %s in %s (mica branches lists them)", name, s->path);
}

static int open_branch(struct store *s, const char *name, int mode, struct branch_hold **ret, struct err *err)
{
    cleanup_hold struct branch_hold *h = NULL;
    int r = store_branch_check_name(name, err);

    if (r < 0)
        return r;
    h = new_hold(s, name, err);
    if (!h)
        return -EIO;
    h->dir_fd = beneath_open(h->branches_fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (h->dir_fd == -ENOENT)
        return say_missing(s, name, err);
    if (h->dir_fd >= 0)
        h->lock_fd = beneath_open(h->dir_fd, BRANCH_FILE, mode | O_NONBLOCK, 0);
    r = h->dir_fd < 0 ? h->dir_fd : h->lock_fd;
    if (r < 0)
        return err_errno(err, -r, "cannot open branch %s in %s", name, s->path);
    *ret = steal_ptr(&h);
    return 0;
}

int store_branch_look(struct store *s, const char *name, struct branch_hold **ret, struct err *err)
{
    return open_branch(s, name, O_RDONLY, ret, err);
}

bool store_branch_is_held(const struct branch_hold *h)
{
    return branch_is_locked(h->lock_fd);
}

int store_branch_hold(struct store *s, const char *name, struct branch_hold **ret, struct err *err)
{
    cleanup_hold struct branch_hold *h = NULL;
    int r = open_branch(s, name, O_RDWR, &h, err);

    if (r < 0 || !h)
        return r;
    r = lock_patiently(h->lock_fd);
    if (r == -EAGAIN)
        return say_busy(s, name, err);
    if (r == 0 && !still_has_name(h))
        return say_missing(s, name, err);
    if (r < 0)
        return err_errno(err, -r, "cannot open branch %s in %s", name, s->path);
    *ret = steal_ptr(&h);
    return 0;
}

int store_branch_info(const struct branch_hold *h, struct branch_info *ret, struct err *err)
{
    return branch_read(h->lock_fd, h->name, ret, err);
}

static int open_part(const struct branch_hold *h, const char *part, struct err *err)
{
    int fd = beneath_open(h->dir_fd, part, O_RDONLY | O_DIRECTORY, 0);

    return fd < 0 ? err_errno(err, -fd, "cannot open %s of branch %s", part, h->name) : fd;
}

int store_branch_open_upper(const struct branch_hold *h, struct err *err)
{
    return open_part(h, "upper", err);
}

int store_branch_open_work(const struct branch_hold *h, struct err *err)
{
    return open_part(h, "work", err);
}

/* ---- changing */

int store_branch_rename(struct branch_hold *h, const char *name, struct err *err)
{
    cleanup_fd int lock = -1;
    int r = store_branch_check_name(name, err);

    if (r < 0)
        return r;
    if (strcmp(name, h->name) == 0)
        return say_exists(err, name);
    /* A process that looks for the objects of branches must find it under one of its names. */
    lock = store_lock(h->store, LOCK_SH, err);
    if (lock < 0)
        return lock;
    r = move_to(h->branches_fd, h->name, h, name);
    if (r == -EEXIST)
        return say_exists(err, name);
    if (r < 0)
        return err_errno(err, -r, "cannot rename branch %s to %s", h->name, name);
    snprintf(h->name, sizeof(h->name), "%s", name);
    return 0;
}

/* Moves the branch under tmp/ and removes it there: if this process dies, the next transaction completes
 * the removal. */
static int discard(struct branch_hold *h, struct staging *t, struct err *err)
{
    int r = renameat(h->branches_fd, h->name, t->fd, STAGED) < 0 ? -errno : 0;

    if (r == 0 && fsync(h->branches_fd) < 0)
        r = -errno;
    if (r < 0)
        return err_errno(err, -r, "cannot remove branch %s", h->name);
    r = beneath_remove(t->fd, STAGED);
    return r < 0 ? err_errno(err, -r, "branch %s is removed, but its files remain in %s/tmp/%s", h->name,
                             h->store->path, t->id)
                 : 0;
}

int store_branch_remove(struct branch_hold *h, struct err *err)
{
    struct staging staging;
    int lock = store_lock(h->store, LOCK_SH, err), r = lock;

    if (lock >= 0) {
        r = staging_create(h->store, &staging);
        close(lock);
        if (r < 0) {
            err_errno(err, -r, "cannot remove branch %s", h->name);
        } else {
            r = discard(h, &staging, err);
            staging_remove(&staging);
        }
    }
    store_branch_release(h);
    return r;
}
