/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/daemon_spawn.h"
#include "cli/image_arg.h"
#include "cli/mounts.h"
#include "cli/options.h"
#include "os/cleanup.h"

static const struct verb_option options[] = {
    {'o', "options", "OPTION,...", "options of micafs and of mount(8): allow_other, noexec, ..."},
    {'f', "foreground", NULL, "stay until it is unmounted"},
    {0, NULL, NULL, NULL},
};

/* Appends -o's value to what was said before. */
static int add_options(struct buf *b, const char *value)
{
    return b->len ? buf_printf(b, ",%s", value) : buf_append(b, value, strlen(value));
}

/* What is wrong with mounting on `path`: 0 or a negative errno, -EBUSY when micafs serves it already. A
 * daemon that is known to live is not asked, for it may hang. */
static int look_at(struct store *s, const char *path, struct err *err)
{
    struct mounts mounts = {0};
    struct stat st;

    int r = mounts_read(s, &mounts, err);
    if (r < 0)
        return r;
    const struct mount_entry *e = mountinfo_find(&mounts.info, path);
    bool mounted = e && mount_entry_is_mica(e);
    if (mounted && mounts_lease(&mounts, path))
        r = -EBUSY;
    else if (stat(path, &st) < 0)
        r = -errno;
    else
        r = !S_ISDIR(st.st_mode) ? -ENOTDIR : mounted ? -EBUSY : 0;
    if (r == -EBUSY)
        err_set(err, EBUSY, "%s: %s is mounted there already; to end that: mica umount %s", path, e->source,
                path);
    mounts_free(&mounts);
    return r;
}

/* Finds the absolute path of `dir`, or says why nothing can be mounted there. */
static int check_mountpoint(struct store *s, const char *dir, char **ret_path)
{
    struct err err = {""};

    int r = mountpoint_path(dir, ret_path);
    if (r == 0)
        r = look_at(s, *ret_path, &err);
    if (r < 0 && *err.text)
        return cli_fail(&err);
    switch (r) {
    case 0:
        return STATUS_DONE;
    case -ENOENT:
        return cli_failf("%s does not exist; mkdir -p %s makes it", dir, dir);
    case -ENOTDIR:
        return cli_failf("%s is not a directory", dir);
    case -ENOTCONN:
        return cli_failf("%s: the daemon of an earlier mount has died; first: mica umount %s", dir, dir);
    default:
        return cli_failf("%s: %s", dir, strerror(-r));
    }
}

static int mount_image(const struct image_arg *a, const char *options_text, const char *dir, bool foreground)
{
    char digest[DIGEST_STRING_MAX];
    cleanup_free char *path = NULL;
    struct err err = {""};

    int status = check_mountpoint(a->store, dir, &path);
    if (status)
        return status;
    const struct daemon_request request = {
        .store = store_path(a->store),
        /* The name is what `mica mounts` shows; the daemon looks it up again and holds the image from then
           on. */
        .image = a->image.name ? a->image.name : digest_string(&a->image.manifest_digest, digest),
        .options = options_text,
        .mountpoint = path,
    };
    fflush(stdout);
    int r = foreground ? daemon_exec(&request, &err) : daemon_start(&request, &err);
    if (r < 0)
        return *err.text ? cli_fail(&err) : STATUS_FAILED;
    return STATUS_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    cleanup_buf struct buf text = BUF_INIT;
    bool foreground = false;

    if (argc == 1)
        return verb_mounts.run(cli, argc, argv);
    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        foreground |= c == 'f';
        if (c == 'o' && add_options(&text, o.value) < 0)
            return cli_output_status(-ENOMEM);
    }
    if (options_operands(&o, 2, 2, "IMAGE DIR") < 0)
        return o.status;
    if (text.len && !buf_str(&text))
        return cli_output_status(-ENOMEM);
    int status = image_arg_find(cli, o.argv[0], &a);
    return status ? status : mount_image(&a, text.len ? text.data : NULL, o.argv[1], foreground);
}

const struct verb verb_mount = {
    .name = "mount",
    .summary = "show an image as a directory",
    .synopsis = "[-o OPTION,...] [--foreground] IMAGE DIR\n",
    .about = "Mounts the image read-only on DIR, and returns when it is usable. Without words lists what is "
             "mounted.\n"
             "Root's mounts are for everybody, within the permissions of the image's files; an ordinary "
             "user's mount is\n"
             "for that user, who may read everything in it, whoever owns it.\n",
    .options = options,
    .examples = "mica mount debian:12 /mnt\n"
                "mica mount -o allow_other app:1 ~/app\n"
                "mica mount docker-archive:app.tar /mnt\n",
    .run = run,
};
