/* SPDX-License-Identifier: Apache-2.0 */
#include "act/store_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "act/fs_facts.h"
#include "act/mountinfo.h"
#include "disk/store.h"
#include "os/array.h"
#include "os/cleanup.h"

/* Count entries and branches and leases; the first failure is the store's error. */
static void count(struct store *s, struct store_facts *f)
{
    struct catalog images = {NULL, 0};
    struct branch_list branches = {NULL, 0};
    struct lease_list leases = {NULL, 0};
    struct err *err = f->error.text[0] ? NULL : &f->error;

    f->has_images = store_catalog(s, &images, err) == 0;
    f->images = images.n;
    err = f->error.text[0] ? NULL : &f->error;
    f->has_branches = store_branches(s, &branches, err) == 0;
    f->branches = branches.n;
    err = f->error.text[0] ? NULL : &f->error;
    f->has_mounts = store_leases(s, &leases, err) == 0;
    f->mounts = leases.n;
    catalog_free(&images);
    branch_list_free(&branches);
    lease_list_free(&leases);
}

static void list_also(struct store *s, struct store_facts *f)
{
    const char *path;

    while ((path = store_also_path(s, f->n_also))) {
        char **more = array_room(f->also, f->n_also, sizeof *more), *copy = strdup(path);

        if (more)
            f->also = more;
        if (!more || !copy) {
            free(copy);
            return;
        }
        more[f->n_also++] = copy;
    }
}

/* Open the directory, or the nearest one above that is there. */
static int open_nearest(const char *path)
{
    cleanup_free char *at = strdup(path);

    while (at && *at) {
        int fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
        char *slash = strrchr(at, '/');

        if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
            return fd;
        if (!slash)
            return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        slash[slash == at && slash[1]] = '\0';
        if (strcmp(at, "/") != 0 && !*at)
            return -1;
    }
    return -1;
}

static char *filesystem_of(int fd)
{
    struct mountinfo info = {NULL, 0};
    struct statx st;
    char *type = NULL;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID) ||
        mountinfo_read(&info) < 0)
        return NULL;
    for (size_t i = 0; i < info.n && !type; i++)
        if (info.entries[i].id == st.stx_mnt_id)
            type = strdup(info.entries[i].type);
    mountinfo_free(&info);
    return type;
}

static void look_at_disk(int fd, struct store_facts *f)
{
    struct statvfs space;

    f->filesystem = filesystem_of(fd);
    f->has_space = fstatvfs(fd, &space) == 0;
    if (!f->has_space)
        return;
    f->free = (uint64_t)space.f_bavail * space.f_frsize;
    f->capacity = (uint64_t)space.f_blocks * space.f_frsize;
}

void store_facts_find(const char *path, struct store_facts *ret)
{
    struct store *s = NULL;

    *ret = (struct store_facts){.path = NULL};
    ret->path = path ? strdup(path) : store_default_path(&ret->error);
    if (!ret->path)
        return;
    ret->opened = store_open(ret->path, 0, &s, &ret->error) == 0;
    if (ret->opened) {
        char *absolute = strdup(store_path(s));

        if (absolute) {
            free(ret->path);
            ret->path = absolute;
        }
        count(s, ret);
        list_also(s, ret);
        fs_facts_of_store(s, &ret->writable, &ret->fs);
    }
    cleanup_fd int fd = ret->opened ? dup(store_fd(s)) : open_nearest(ret->path);
    store_close(s);
    if (fd < 0)
        return;
    look_at_disk(fd, ret);
    if (!ret->opened)
        fs_facts_of_dir(fd, &ret->fs);
}

void store_facts_free(struct store_facts *f)
{
    free(f->path);
    free(f->filesystem);
    for (size_t i = 0; i < f->n_also; i++)
        free(f->also[i]);
    free(f->also);
    *f = (struct store_facts){.path = NULL};
}
