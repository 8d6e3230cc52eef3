/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/container.h"
#include "cli/daemon_spawn.h"
#include "cli/image_arg.h"
#include "cli/mounts.h"
#include "cli/unmount.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"

static const struct verb_option options[] = {
    {CONTAINER_RM, "rm", NULL, "take the bundle DIR away"},
    CONTAINER_OPTIONS,
    {'t', "tty", NULL, "the container has a terminal"},
    {0, NULL, NULL, NULL},
};

/* ---- taking one away */

/* Ends the mount on `root`, if there is one. */
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

/* What there is of a bundle: just the names that one has. */
static int remove_files(const char *dir, struct err *err)
{
    cleanup_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, errno, "%s", dir);
    unlinkat(fd, "config.json", 0);
    for (size_t i = 0; bundle_files[i]; i++)
        unlinkat(fd, bundle_files[i], 0);
    if (unlinkat(fd, "rootfs", AT_REMOVEDIR) < 0 && errno != ENOENT)
        return err_errno(err, errno, "%s/rootfs", dir);
    return rmdir(dir) < 0 ? err_errno(err, errno, "%s", dir) : 0;
}

static int take_away(struct store *s, const char *dir, struct err *err)
{
    cleanup_free char *path = realpath(dir, NULL), *root = NULL, *config = NULL;

    if (!path)
        return err_errno(err, errno, "%s", dir);
    if (asprintf(&root, "%s/rootfs", path) < 0 || asprintf(&config, "%s/config.json", path) < 0)
        return err_errno(err, ENOMEM, "%s", dir);
    if (access(config, F_OK) < 0)
        return err_set(err, EINVAL, "%s is no bundle: it has no config.json", dir);
    int r = end_mount(s, root, err);
    return r < 0 ? r : remove_files(path, err);
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
    store_close(s);
    return status;
}

/* ---- making one */

/* May an ordinary user's mount be open to others? Without that only the container's root can use it. */
static bool others_allowed(void)
{
    cleanup_free char *text = NULL;
    size_t len;

    cleanup_fd int fd = open("/etc/fuse.conf", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_slurp(fd, 1 << 16, &text, &len) < 0)
        return false;
    for (char *line = text; line && *line; line = strchr(line, '\n')) {
        line += strspn(line, " \t\n");
        if (strncmp(line, "user_allow_other", 16) == 0)
            return true;
    }
    return false;
}

/* Who starts the runtime, and how his ids and the container's go together. */
struct owner {
    bool root, single;
    struct id_ranges ranges;
};

static int daemon_words(const struct owner *who, struct buf *b)
{
    if (who->root)
        return buf_printf(b, "suid");
    if (who->single)
        return buf_printf(b, "squash_to_uid=%u,squash_to_gid=%u", geteuid(), getegid());
    cleanup_free char *uids = id_ranges_option(who->ranges.uids, who->ranges.n_uids);
    cleanup_free char *gids = id_ranges_option(who->ranges.gids, who->ranges.n_gids);
    if (!uids || !gids)
        return -ENOMEM;
    int r = buf_printf(b, "uidmapping=%s,gidmapping=%s", uids, gids);
    return r == 0 && others_allowed() ? buf_printf(b, ",allow_other,default_permissions") : r;
}

static int make_dirs(const char *dir, char **ret_path, char **ret_root, struct err *err)
{
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return err_errno(err, errno, "%s", dir);
    *ret_path = realpath(dir, NULL);
    if (!*ret_path)
        return err_errno(err, errno, "%s", dir);
    if (asprintf(ret_root, "%s/rootfs", *ret_path) < 0) {
        *ret_root = NULL;
        return err_errno(err, ENOMEM, "%s", dir);
    }
    if (mkdir(*ret_root, 0755) == 0)
        return 0;
    return errno == EEXIST ? err_set(err, EEXIST,
                                     "%s is a bundle already; to take it away: mica bundle --rm %s", dir, dir)
                           : err_errno(err, errno, "%s", *ret_root);
}

static int mount_root(const struct image_arg *a, const struct container_options *c, const struct owner *who,
                      const char *root, struct err *err)
{
    cleanup_buf struct buf words = BUF_INIT;
    char digest[DIGEST_STRING_MAX];

    if (daemon_words(who, &words) < 0 || !buf_str(&words))
        return err_errno(err, ENOMEM, "%s", root);
    const struct daemon_request request = {
        .store = store_path(a->store),
        .image = a->image.name ? a->image.name : digest_string(&a->image.manifest_digest, digest),
        .branch = c->branch,
        .branch_make = container_branch_make(c),
        .options = words.data,
        .mountpoint = root,
    };
    return daemon_start(&request, err);
}

/* Only what was made here is taken away again after a failure. */
static int make_bundle(struct image_arg *a, struct container_options *c, const char *dir, struct err *err)
{
    cleanup_free char *path = NULL, *root = NULL;
    struct owner who = {.root = geteuid() == 0};
    struct container_dir d = {.image = &a->image, .wish = &c->wish, .name = c->branch};

    int r = make_dirs(dir, &path, &root, err);
    if (r < 0)
        return r;
    if (!who.root) {
        id_ranges_find(&who.ranges);
        who.single = id_ranges_single(&who.ranges);
        d.ids = &who.ranges;
    }
    d.path = path;
    d.root = root;
    d.in_space = d.single_id = who.single;
    d.by_user = !who.root;
    d.pids = who.root && id_ranges_here_initial() ? PIDS_BY_RUNTIME : PIDS_BY_USER;
    r = mount_root(a, c, &who, root, err);
    if (r == 0)
        r = container_write(&d, NULL, err);
    if (r < 0) {
        (void)end_mount(a->store, root, NULL);
        (void)remove_files(path, NULL);
    }
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
    c->remove = true; /* a branch without a name of the user's is of no use without the bundle */
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
    if (options_operands(&o, c.remove ? 1 : 2, -1, c.remove ? "DIR..." : "IMAGE DIR") < 0)
        status = o.status;
    else
        status = c.remove ? take_all_away(cli, &o) : make(cli, &o, &c);
    container_options_free(&c);
    return status;
}

const struct verb verb_bundle = {
    .name = "bundle",
    .summary = "make a directory that crun and runc can run",
    .synopsis = "[OPTION...] IMAGE DIR [COMMAND...]\n--rm DIR...",
    .about =
        "Makes DIR an OCI runtime bundle: config.json, from the image's config and what is said here, and "
        "rootfs, where\n"
        "the image is mounted. What is changed goes to the branch of --branch, or is gone with the bundle.\n"
        "With --rm, takes bundles away: the mount, and what was made in DIR.\n",
    .options = options,
    .examples = "mica bundle app:1 /tmp/app && crun run --bundle /tmp/app app1; mica bundle --rm /tmp/app\n"
                "mica bundle -t --network host --branch work debian:12 box bash\n",
    .run = run,
    .operands_end_options = true,
};
