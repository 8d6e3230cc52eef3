/* SPDX-License-Identifier: Apache-2.0 */
#include "act/mounts.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "os/cleanup.h"

int mounts_read(struct store *s, struct mounts *ret, struct err *err)
{
    struct mounts m = {0};

    int r = mountinfo_read(&m.info);
    if (r < 0)
        return err_errno(err, -r, "/proc/self/mountinfo");
    r = s ? store_leases(s, &m.leases, err) : 0;
    if (r < 0)
        mounts_free(&m);
    else
        *ret = m;
    return r;
}

void mounts_free(struct mounts *m)
{
    mountinfo_free(&m->info);
    lease_list_free(&m->leases);
}

const struct lease_info *mounts_lease(const struct mounts *m, const char *path)
{
    const struct lease_info *newest = NULL;

    for (size_t i = 0; i < m->leases.n; i++) {
        const struct lease_info *l = &m->leases.leases[i];
        if (strcmp(l->mountpoint, path) == 0 && (!newest || l->started >= newest->started))
            newest = l;
    }
    return newest;
}

bool mounts_is_mica(const struct mounts *m, const struct mount_entry *e)
{
    return mount_entry_is_mica(e) || (strncmp(e->type, "fuse.", 5) == 0 && mounts_lease(m, e->mountpoint));
}

int mountpoint_path(const char *dir, char **ret)
{
    cleanup_free char *copy = strdup(dir);

    if (!copy)
        return -ENOMEM;
    size_t len = strlen(copy);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    char *slash = strrchr(copy, '/'), *last = slash ? slash + 1 : copy;
    if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        *ret = realpath(copy, NULL);
        return *ret ? 0 : -errno;
    }
    if (slash)
        *slash = '\0';
    cleanup_free char *parent = realpath(!slash ? "." : *copy ? copy : "/", NULL);
    if (!parent)
        return -errno;
    int r = asprintf(ret, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, last);
    return r < 0 ? -ENOMEM : 0;
}
