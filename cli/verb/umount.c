/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/mounts.h"
#include "act/unmount.h"
#include "command/options.h"
#include "os/cleanup.h"

static const struct verb_option options[] = {
    {'l', "lazy", NULL, "detach now, end when the mount is no longer in use, and do not wait"},
    {'a', "all", NULL, "unmount all mounts of the store"},
    {0, NULL, NULL, NULL},
};

/* Does the lease's process still serve it? */
static bool is_live(struct store *s, const struct lease_info *lease)
{
    struct lease_list now;
    bool live = false;

    if (store_leases(s, &now, NULL) < 0)
        return true;
    for (size_t i = 0; i < now.n; i++)
        live |= now.leases[i].pid == lease->pid && strcmp(now.leases[i].mountpoint, lease->mountpoint) == 0;
    lease_list_free(&now);
    return live;
}

/* `s` is NULL without a store, and then there is no lease. */
static int end_mount(struct store *s, const struct mounts *m, const struct mount_entry *e, bool lazy)
{
    const struct lease_info *lease = mounts_lease(m, e->mountpoint);
    struct err err = {""};

    int r = unmount(e, lease ? (pid_t)lease->pid : 0, lazy, &err);
    if (r == -ETIMEDOUT && lease && !is_live(s, lease)) /* it only removes a temporary branch now */
        r = 0;
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}

/* Finds the mount of `dir`, also through a link to its mount point. */
static const struct mount_entry *find(const struct mounts *m, const char *dir, char **ret_path)
{
    const struct mount_entry *e = NULL;

    if (mountpoint_path(dir, ret_path) == 0)
        e = mountinfo_find(&m->info, *ret_path);
    if (e)
        return e;
    char *linked = realpath(dir, NULL);
    if (!linked)
        return NULL;
    free(*ret_path);
    *ret_path = linked;
    return mountinfo_find(&m->info, linked);
}

static int umount_dir(struct store *s, const struct mounts *m, const char *dir, bool lazy)
{
    cleanup_free char *path = NULL;
    const struct mount_entry *e = find(m, dir, &path);

    if (e && mounts_is_mica(m, e))
        return end_mount(s, m, e, lazy);
    if (e)
        return cli_failf("%s is a mount of type %s, not of mica; umount(8) ends it", dir, e->type);
    const struct lease_info *lease = path ? mounts_lease(m, path) : NULL;
    if (lease)
        return cli_failf("%s is mounted in another mount namespace; end its daemon, process %lld", dir,
                         (long long)lease->pid);
    return cli_failf("%s is not mounted", dir);
}

/* The newest first: it may be inside an older one. */
static int umount_all(struct store *s, const struct mounts *m, bool lazy)
{
    int status = STATUS_DONE;

    for (size_t i = m->info.n; i-- > 0;) {
        const struct mount_entry *e = &m->info.entries[i];
        if (mounts_is_mica(m, e) && mounts_lease(m, e->mountpoint) && end_mount(s, m, e, lazy) != STATUS_DONE)
            status = STATUS_FAILED;
    }
    return status;
}

static int umount_dirs(struct store *s, const struct mounts *m, const struct options *o, bool lazy)
{
    int status = STATUS_DONE;

    for (int i = 0; i < o->argc; i++)
        if (umount_dir(s, m, o->argv[i], lazy) != STATUS_DONE)
            status = STATUS_FAILED;
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct mounts mounts = {0};
    struct store *s = NULL;
    struct err err = {""};
    bool lazy = false, all = false;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        lazy |= c == 'l';
        all |= c == 'a';
    }
    if (options_operands(&o, all ? 0 : 1, all ? 0 : -1, "DIR...") < 0)
        return o.status;
    /* A mount can be ended without its store, which may be another user's or removed. */
    if (store_open(cli->store, 0, &s, &err) < 0 && (all || cli->store))
        return cli_fail(&err);
    if (mounts_read(s, &mounts, &err) < 0)
        status = cli_fail(&err);
    else
        status = all ? umount_all(s, &mounts, lazy) : umount_dirs(s, &mounts, &o, lazy);
    mounts_free(&mounts);
    store_close(s);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-f --force", "--lazy detaches a mount at once, and ends it when it is no longer in use"},
    {"-t --types -R --recursive -d -n -i", "umount(8) has that option"},
    {NULL, NULL},
};

const struct verb verb_umount = {
    .name = "umount",
    .alias = "unmount",
    .summary = "unmount",
    .synopsis = "[--lazy] DIR...\n[--lazy] --all",
    .about = "Unmounts each DIR, and returns when the mounts are gone and their daemons have ended.\n",
    .options = options,
    .examples = "mica umount /mnt\nmica umount --lazy ~/app\nmica umount --all\n",
    .foreign = elsewhere,
    .run = run,
};
