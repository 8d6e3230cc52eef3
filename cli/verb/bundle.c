/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "act/daemon_spawn.h"
#include "act/fuse_conf.h"
#include "act/image_arg.h"
#include "act/mounts.h"
#include "act/unmount.h"
#include "container/bundle_dir.h"
#include "container/container.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "os/user_ns.h"

static const struct verb_option options[] = {
    {CONTAINER_RM, "rm", NULL, "remove the bundle DIR"},
    CONTAINER_OPTIONS,
    {'t', "tty", NULL, "the container has a terminal"},
    {0, NULL, NULL, NULL},
};

/* ---- removing */

/* Unmounts `root` if it is a mount. */
static int end_mount(struct store *s, const char *root, struct err *err)
{
    struct mounts mounts = {0};
    int r = mounts_read(s, &mounts, err);

    if (r < 0)
        return r;
    const struct mount_entry *e = mountinfo_find(&mounts.info, root);
    const struct lease_info *lease = mounts_lease(&mounts, root);
    if (e && mounts_is_mica(&mounts, e))
        r = unmount(e, lease ? (pid_t)lease->pid : 0, false, err);
    else if (e)
        r = err_set(err, EINVAL, "%s is a mount of type %s, not of mica", root, e->type);
    mounts_free(&mounts);
    return r;
}

/* Is a mount of mica on it? That alone identifies the remains of a bundle. */
static bool is_mounted(struct store *s, const char *root)
{
    struct mounts mounts = {0};

    if (mounts_read(s, &mounts, NULL) < 0)
        return false;
    const struct mount_entry *e = mountinfo_find(&mounts.info, root);
    bool mounted = e && mounts_is_mica(&mounts, e);
    mounts_free(&mounts);
    return mounted;
}

/* Names the first file that is not mica's. */
static int tell_kept(const char *dir, struct buf *kept)
{
    const char *names = buf_str(kept);
    size_t n = 0;

    for (const char *c = names ? names : ""; *c; c++)
        n += *c == '\n';
    if (n == 0)
        return 0;
    cli_notef("%s stays: it contains %.*s%s, which mica did not make", dir, (int)strcspn(names, "\n"), names,
              n > 1 ? " and others" : "");
    return 0;
}

static int take_away(struct store *s, const char *dir, struct err *err)
{
    cleanup_free char *path = realpath(dir, NULL), *root = NULL;
    struct bundle_dir d = BUNDLE_DIR_NONE;
    cleanup_buf struct buf kept = BUF_INIT;

    if (!path)
        return err_errno(err, errno, "%s", dir);
    if (asprintf(&root, "%s/rootfs", path) < 0)
        return err_errno(err, ENOMEM, "%s", dir);
    int r = bundle_dir_open(path, is_mounted(s, root), &d, err);
    if (r == 0)
        r = end_mount(s, d.root, err);
    if (r == 0)
        r = bundle_dir_remove(&d, &kept, err);
    bundle_dir_close(&d);
    return r == 0 ? tell_kept(dir, &kept) : r;
}

static int take_all_away(struct cli *cli, const struct options *o)
{
    struct store *s = NULL;
    struct err err = {""};
    int status = STATUS_DONE;

    if (store_open(cli->store, 0, &s, &err) < 0 && cli->store)
        return cli_fail(&err);
    for (int i = 0; i < o->argc; i++)
        if (take_away(s, o->argv[i], &err) < 0)
            status = cli_fail(&err);
    if (s)
        store_branches_sweep(s); /* of a killed daemon */
    store_close(s);
    return status;
}

/* ---- creating */

/* The user who starts the runtime, and the mapping of ids to the container's. */
struct owner {
    bool root, in_space, single;
    struct id_ranges ranges;
};

/* The machine's root maps all ids to themselves, in a user namespace: there they have no power over files
 * outside of the container. */
static const struct id_ranges all_ids = {
    .uids = {{0, 0, UINT32_MAX}}, .gids = {{0, 0, UINT32_MAX}}, .n_uids = 1, .n_gids = 1};

static void find_owner(struct owner *ret)
{
    *ret = (struct owner){.root = geteuid() == 0, .in_space = user_ns_is_initial() <= 0};
    if (ret->root) {
        ret->single = id_ranges_here_single();
        return;
    }
    id_ranges_find(&ret->ranges);
    ret->single = id_ranges_single(&ret->ranges);
}

/* Set-user-ID programs have no effect until bundle_dir_allow_suid. */
static int daemon_words(const struct owner *who, struct buf *b)
{
    if (who->root)
        return who->single ? buf_printf(b, "squash_to_root") : buf_printf(b, "nosuid");
    if (who->single)
        return buf_printf(b, "squash_to_uid=%u,squash_to_gid=%u", geteuid(), getegid());
    cleanup_free char *uids = id_ranges_option(who->ranges.uids, who->ranges.n_uids);
    cleanup_free char *gids = id_ranges_option(who->ranges.gids, who->ranges.n_gids);
    if (!uids || !gids)
        return -ENOMEM;
    int r = buf_printf(b, "uidmapping=%s,gidmapping=%s", uids, gids);
    return r == 0 && fuse_conf_allows_other() ? buf_printf(b, ",allow_other") : r;
}

/* `ret_daemon`: of a mount that may be in the wrong place; the caller ends it. */
static int mount_root(const struct image_arg *a, const struct container_options *c, const struct owner *who,
                      const struct bundle_dir *dir, pid_t *ret_daemon, struct err *err)
{
    cleanup_buf struct buf words = BUF_INIT;
    char digest[DIGEST_STRING_MAX];

    if (daemon_words(who, &words) < 0 || !buf_str(&words))
        return err_errno(err, ENOMEM, "%s", dir->root);
    const struct daemon_request request = {
        .store = store_path(a->store),
        .image = a->image.name ? a->image.name : digest_string(&a->image.manifest_digest, digest),
        .branch = c->branch,
        .branch_make = container_branch_make(c),
        .options = words.data,
        .mountpoint = dir->root,
        .pid = ret_daemon,
    };
    int r = daemon_start(&request, err);
    return r == 0 && who->root ? bundle_dir_allow_suid(dir, err) : r;
}

/* After a failure, removes only what was created here. */
static int make_bundle(struct image_arg *a, struct container_options *c, const char *dir, struct err *err)
{
    struct bundle_dir b = BUNDLE_DIR_NONE;
    struct owner who;
    pid_t daemon = 0;
    int r = bundle_dir_make(dir, &b, err);

    if (r < 0)
        return r;
    find_owner(&who);
    const struct container_dir d = {
        .path = b.path,
        .root = b.root,
        .image = &a->image,
        .wish = &c->wish,
        .name = c->branch,
        .ids = !who.root      ? &who.ranges
               : who.in_space ? NULL
                              : &all_ids,
        .in_space = who.root ? who.in_space : who.single,
        .by_user = !who.root,
        .single_id = who.single,
        .pids = who.root && !who.in_space ? PIDS_BY_RUNTIME : PIDS_BY_USER,
        .host_devices = who.root && !who.in_space,
        .record = &b.record,
    };
    r = mount_root(a, c, &who, &b, &daemon, err);
    if (r == 0)
        r = container_write(&d, NULL, err);
    if (r < 0) {
        if (r == -ESTALE)
            kill(daemon, SIGTERM);
        (void)end_mount(a->store, b.root, NULL);
        (void)bundle_dir_remove(&b, NULL, NULL);
    }
    bundle_dir_close(&b);
    return r;
}

static int make(struct cli *cli, struct options *o, struct container_options *c)
{
    cleanup_image_arg struct image_arg a = {0};
    struct err err = {""};
    int status = image_arg_find(cli, o->argv[0], &a);

    if (status != STATUS_DONE)
        return status;
    c->wish.command = o->argv + 2;
    c->remove = !c->named; /* a branch without a name of the user's is useless without the bundle */
    store_branches_sweep(a.store);
    if (container_name_branch(c, a.store, &err) < 0 || make_bundle(&a, c, o->argv[1], &err) < 0)
        return *err.text ? cli_fail(&err) : STATUS_FAILED;
    return STATUS_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct container_options c = {0};
    struct options o;
    int status;

    options_init(&o, cli, argc, argv);
    for (int letter; (letter = options_next(&o)) > 0;)
        container_option(&c, &o, letter);
    if (options_operands(&o, c.remove ? 1 : 2, -1, c.remove ? "DIR..." : "IMAGE DIR") < 0 ||
        container_options_check(&c, &o) < 0)
        status = o.status;
    else
        status = c.remove ? take_all_away(cli, &o) : make(cli, &o, &c);
    container_options_free(&c);
    return status;
}

const struct verb verb_bundle = {
    .name = "bundle",
    .summary = "make an OCI runtime bundle for crun or runc",
    .synopsis = "[OPTION...] IMAGE DIR [COMMAND...]\n--rm DIR...",
    .about =
        "Makes DIR, which is new or empty, an OCI runtime bundle: config.json, from the image's config and the options,\n"
        "and rootfs, on which the image is mounted. Other users have no access to DIR. Changes go to the branch of\n"
        "--branch, or are removed with the bundle.\n"
        "With --rm, removes bundles: the mount, and the files made in DIR. Files that mica did not make stay.\n",
    .options = options,
    .examples = "mica bundle app:1 /tmp/app && crun run --bundle /tmp/app app1; mica bundle --rm /tmp/app\n"
                "mica bundle -t --network host --branch work debian:12 box bash\n",
    .foreign = foreign_run_options,
    .run = run,
    .operands_end_options = true,
};
