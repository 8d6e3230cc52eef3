/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "os/disk_usage.h"

#define LOCK_NAME_MAX (STORE_ID_LEN + sizeof(".lock"))

static const char *lock_name(const char *id, char buf[LOCK_NAME_MAX])
{
    snprintf(buf, LOCK_NAME_MAX, "%s.lock", id);
    return buf;
}

/* Takes the lock of `id`; creates the file if `flags` has O_CREAT. -EAGAIN: another process has it, or just
 * removed the file. */
static int hold_with(int tmp_fd, const char *id, int flags)
{
    char name[LOCK_NAME_MAX];
    struct stat ours, named;
    cleanup_fd int fd = beneath_open(tmp_fd, lock_name(id, name), O_RDWR | O_NONBLOCK | flags, 0600);

    if (fd < 0)
        return fd;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    if (fstat(fd, &ours) < 0)
        return -errno;
    if (fstatat(tmp_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? -EAGAIN : -errno;
    return ours.st_ino == named.st_ino ? steal_fd(&fd) : -EAGAIN;
}

static int hold(int tmp_fd, const char *id)
{
    return hold_with(tmp_fd, id, O_CREAT);
}

/* Removes the directory, then the lock's file, with the lock held: the file exists as long as the
 * directory. */
static void discard(int tmp_fd, const char *id)
{
    char name[LOCK_NAME_MAX];

    if (beneath_remove(tmp_fd, id) == 0)
        unlinkat(tmp_fd, lock_name(id, name), 0);
}

static int create_in(int tmp_fd, struct staging *t)
{
    for (int tries = 0; tries < 64; tries++) {
        int r = store_random_id(t->id);

        if (r < 0)
            return r;
        t->lock_fd = hold(tmp_fd, t->id);
        if (t->lock_fd == -EAGAIN) /* a sweeper opened the file just before this process locked it */
            continue;
        if (t->lock_fd < 0) {
            char name[LOCK_NAME_MAX];

            unlinkat(tmp_fd, lock_name(t->id, name), 0); /* may be there; nobody else uses this random ID */
            return t->lock_fd;
        }
        r = mkdirat(tmp_fd, t->id, 0700) < 0 ? -errno : 0;
        if (r == 0) {
            t->fd = beneath_open(tmp_fd, t->id, O_RDONLY | O_DIRECTORY, 0);
            r = t->fd < 0 ? t->fd : 0;
        }
        if (r == 0)
            return 0;
        discard(tmp_fd, t->id);
        close(t->lock_fd);
        return r;
    }
    return -EBUSY;
}

int staging_create(struct store *s, struct staging *ret)
{
    struct staging t = {.fd = -1, .lock_fd = -1, .tmp_fd = store_open_dir(s, "tmp")};
    int r = t.tmp_fd < 0 ? t.tmp_fd : create_in(t.tmp_fd, &t);

    if (r < 0) {
        if (t.tmp_fd >= 0)
            close(t.tmp_fd);
        return r;
    }
    *ret = t;
    return 0;
}

void staging_remove(struct staging *t)
{
    close(t->fd);
    discard(t->tmp_fd, t->id);
    close(t->lock_fd);
    close(t->tmp_fd);
}

/* Is it ID or ID.lock? */
static bool parse_id(const char *name, char id[STORE_ID_LEN + 1])
{
    if (strspn(name, "0123456789abcdef") != STORE_ID_LEN)
        return false;
    memcpy(id, name, STORE_ID_LEN);
    id[STORE_ID_LEN] = 0;
    return name[STORE_ID_LEN] == 0 || strcmp(name + STORE_ID_LEN, ".lock") == 0;
}

void staging_sweep(struct store *s)
{
    cleanup_dir DIR *dir = NULL;
    char id[STORE_ID_LEN + 1];
    int r = dir_of(store_open_dir(s, "tmp"), &dir);

    if (r < 0)
        return;
    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        if (parse_id(e->d_name, id)) {
            cleanup_fd int lock = hold(dirfd(dir), id);

            if (lock >= 0)
                discard(dirfd(dir), id);
        }
    }
}

static uint64_t size_of(struct store *s, const char *id)
{
    cleanup_free char *path = NULL;
    uint64_t size = 0;

    if (asprintf(&path, "%s/tmp/%s", s->path, id) < 0)
        path = NULL;
    else
        disk_usage_freed(path, &size);
    return size;
}

#define WASTE ".waste"

int staging_is_waste(struct staging *t)
{
    int fd = beneath_open(t->fd, WASTE, O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static bool is_marked_waste(int tmp_fd, const char *id)
{
    char path[STORE_ID_LEN + sizeof "/" WASTE];

    snprintf(path, sizeof path, "%s/" WASTE, id);
    return faccessat(tmp_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_there(int tmp_fd, const char *id)
{
    return faccessat(tmp_fd, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Removes a lock's file whose directory is gone, unless a process holds it. */
static void sweep_lock(int tmp_fd, const char *id)
{
    cleanup_fd int lock = hold_with(tmp_fd, id, 0);

    if (lock >= 0)
        discard(tmp_fd, id);
}

static int look_at(struct store *s, int tmp_fd, const char *id, bool sweep, struct staging_others *ret)
{
    cleanup_fd int lock = hold_with(tmp_fd, id, sweep ? O_CREAT : 0);

    if (lock == -EAGAIN) {
        if (!is_marked_waste(tmp_fd, id))
            memcpy(ret->live, id, sizeof ret->live);
        return 0;
    }
    if (lock < 0 && (sweep || lock != -ENOENT))
        return lock;
    ret->dead++;
    ret->dead_size += size_of(s, id);
    if (sweep)
        discard(tmp_fd, id);
    return 0;
}

int staging_look(struct store *s, bool sweep, struct staging_others *ret)
{
    cleanup_dir DIR *dir = NULL;
    char id[STORE_ID_LEN + 1];
    int r = dir_of(store_open_dir(s, "tmp"), &dir);

    *ret = (struct staging_others){.live = ""};
    if (r < 0)
        return r;
    for (const struct dirent *e; (e = dir_next(dir, &r));) {
        int e_r = 0;

        if (!parse_id(e->d_name, id))
            continue;
        if (strcmp(e->d_name, id) == 0)
            e_r = look_at(s, dirfd(dir), id, sweep, ret);
        else if (sweep && !is_there(dirfd(dir), id))
            sweep_lock(dirfd(dir), id);
        if (e_r < 0)
            return e_r;
    }
    return r;
}

int staging_wait(struct store *s, const char *id)
{
    char name[LOCK_NAME_MAX];
    cleanup_fd int tmp = store_open_dir(s, "tmp");
    cleanup_fd int fd = tmp < 0 ? tmp : beneath_open(tmp, lock_name(id, name), O_RDWR | O_NONBLOCK, 0);

    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    return flock(fd, LOCK_SH) < 0 ? -errno : 0;
}
