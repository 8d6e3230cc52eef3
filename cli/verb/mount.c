/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/daemon_spawn.h"
#include "act/image_arg.h"
#include "act/layer_tree.h"
#include "act/mounts.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "verb/verbs.h"

enum {
    OPTION_RW = 256,
    OPTION_RM,
    OPTION_VIEWS,
};

static const struct verb_option options[] = {
    {OPTION_RW, "rw", "[=BRANCH]", "mount writable; changes go to a branch"},
    {OPTION_RM, "rm", NULL, "with --rw: use a new branch, and remove it at the unmount"},
    {OPTION_VIEWS, "views", NULL, "mount the image as root/ beside layers/, upto/ and hidden/ of each layer"},
    {LAYER_OPTION_UPTO, "upto", "N", "mount the image with its first N layers only"},
    {LAYER_OPTION_LAYER, "layer", "N", "mount layer N alone, its removals as marker files (.wh.NAME)"},
    {'o', "options", "OPTION,...", "options of micafs and of mount(8): allow_other, noexec, ..."},
    {'f', "foreground", NULL, "run in the foreground until the unmount"},
    {0, NULL, NULL, NULL},
};

/* Appends -o's value to the earlier ones. */
static int add_options(struct buf *b, const char *value)
{
    return b->len ? buf_printf(b, ",%s", value) : buf_append(b, value, strlen(value));
}

/* Checks the mount point `path`: 0 or a negative errno, -EBUSY if micafs serves it already. Does not
 * access the mount of a live daemon, which may hang. */
static int look_at(struct store *s, const char *path, struct err *err)
{
    struct mounts mounts = {0};
    struct stat st;

    int r = mounts_read(s, &mounts, err);
    if (r < 0)
        return r;
    const struct mount_entry *e = mountinfo_find(&mounts.info, path);
    bool mounted = e && mounts_is_mica(&mounts, e);
    if (mounted && mounts_lease(&mounts, path))
        r = -EBUSY;
    else if (stat(path, &st) < 0)
        r = -errno;
    else
        r = !S_ISDIR(st.st_mode) ? -ENOTDIR : mounted ? -EBUSY : 0;
    if (r == -EBUSY)
        err_set(err, EBUSY, "%s: %s is already mounted; to unmount: mica umount %s", path, e->source, path);
    mounts_free(&mounts);
    return r;
}

/* Finds the absolute path of `dir`, or reports why it cannot be a mount point. */
static int check_mountpoint(struct store *s, const char *dir, char **ret_path)
{
    struct err err = {""};

    if (!*dir)
        return cli_failf("DIR is empty: name the directory to mount on");
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

/* The parsed options. */
struct wanted {
    bool rw, rm, foreground, views;
    struct layer_choice layers;
    const char *branch;  /* NULL: none */
    const char *options; /* for micafs, or NULL */
    char invented[STORE_BRANCH_NAME_MAX + 1];
};

/* Generates a name for a branch without one. */
static int name_branch(struct store *s, struct wanted *w)
{
    struct err err = {""};

    if (!w->rw || w->branch)
        return STATUS_DONE;
    if (store_branch_invent_name(s, w->invented, &err) < 0)
        return cli_fail(&err);
    w->branch = w->invented;
    return STATUS_DONE;
}

/* Returns which branches micafs may create, NULL for none: without an image the branch must exist. */
static const char *branch_make(const struct wanted *w, const char *image)
{
    if (!w->rw || !image)
        return NULL;
    return w->rm ? "temporary" : w->branch == w->invented ? "new" : "missing";
}

/* Prints a generated name: the user needs it to find the branch again. */
static void tell_branch(const struct wanted *w)
{
    if (w->branch == w->invented && !w->rm)
        puts(w->branch);
    fflush(stdout);
}

static int start(const struct daemon_request *request, const struct wanted *w)
{
    struct err err = {""};
    int r;

    if (w->foreground) {
        tell_branch(w);
        r = daemon_exec(request, &err);
    } else {
        fflush(stdout);
        r = daemon_start(request, &err);
    }
    if (r < 0)
        return *err.text ? cli_fail(&err) : r == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
    tell_branch(w);
    return STATUS_DONE;
}

/* `image` NULL: the branch's own. */
static int mount_image(struct store *s, const char *image, const char *dir, struct wanted *w)
{
    cleanup_free char *path = NULL;

    store_branches_sweep(s);
    int status = check_mountpoint(s, dir, &path);
    if (status == STATUS_DONE)
        status = name_branch(s, w);
    if (status != STATUS_DONE)
        return status;
    const struct daemon_request request = {
        .store = store_path(s),
        .image = image,
        .branch = w->branch,
        .branch_make = branch_make(w, image),
        .options = w->options,
        .mountpoint = path,
    };
    return start(&request, w);
}

/* A lease keeps an image in its store, but nothing can be written to a read-only store. */
static void tell_keeping(const struct image_arg *a)
{
    const char *name = a->image.name ? a->image.name : "the image";

    if (a->image.store && (strcmp(a->image.store, store_path(a->store)) != 0 || !store_is_writable(a->store)))
        cli_notef("%s is in %s, which is read-only: a mount cannot keep it there", name, a->image.store);
}

/* `mica mounts` shows the name; the daemon looks it up again and keeps the image from then on. */
static int mount_words(struct cli *cli, int n, char **words, struct wanted *w)
{
    cleanup_image_arg struct image_arg a = {0};
    char digest[DIGEST_STRING_MAX];
    struct err err = {""};

    if (n == 1) {
        if (store_open(cli->store, 0, &a.store, &err) < 0)
            return cli_fail(&err);
        return mount_image(a.store, NULL, words[0], w);
    }
    int status = image_arg_find(cli, words[0], &a);
    if (status != STATUS_DONE)
        return status;
    if (!cli->quiet)
        tell_keeping(&a);
    return mount_image(a.store, a.image.name ? a.image.name : digest_string(&a.image.manifest_digest, digest),
                       words[1], w);
}

/* Is this word among the options? */
static bool has_option(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; at && *at; at += *at == ',') {
        size_t n = strcspn(at, ",");

        if (n == len && memcmp(at, word, len) == 0)
            return true;
        at += n;
    }
    return false;
}

/* Is there an option that begins so? */
static bool has_setting(const char *list, const char *begin)
{
    for (const char *at = list; at && *at; at += *at == ',') {
        if (strncmp(at, begin, strlen(begin)) == 0)
            return true;
        at += strcspn(at, ",");
    }
    return false;
}

/* Is a view asked for, also by -o? */
static bool wants_view(const struct wanted *w)
{
    return w->views || w->layers.upto || w->layers.layer || has_option(w->options, "views") ||
           has_setting(w->options, "layer=") || has_setting(w->options, "upto=");
}

static int check_wanted(struct options *o, const struct wanted *w)
{
    struct err err = {""};

    if (w->views && (w->layers.upto || w->layers.layer))
        return options_bad(o, "--views has the views of all layers: it excludes --upto and --layer");
    if (w->rw && wants_view(w))
        return options_bad(o, "--views, --upto and --layer are read-only: they exclude --rw");

    if (!w->rw && has_option(w->options, "rw"))
        return options_bad(o,
                           "-o rw: to mount an image writable use --rw, or --rw=BRANCH, the branch to which "
                           "changes go");
    if (w->rm && !w->rw)
        return options_bad(o, "--rm is for a branch: it needs --rw");
    if (w->branch && store_branch_check_name(w->branch, &err) < 0)
        return options_bad(o, "%s", err.text);
    return 0;
}

/* Adds the options of micafs for the chosen views. */
static int add_view(struct buf *text, const struct wanted *w)
{
    char option[32];

    if (w->views)
        return add_options(text, "views");
    if (!w->layers.upto && !w->layers.layer)
        return 0;
    snprintf(option, sizeof option, "%s=%llu", w->layers.layer ? "layer" : "upto",
             (unsigned long long)(w->layers.layer ? w->layers.layer : w->layers.upto));
    return add_options(text, option);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_buf struct buf text = BUF_INIT;
    struct wanted w = {.rw = false};

    if (argc == 1)
        return verb_mounts.run(cli, argc, argv);
    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        w.foreground |= c == 'f';
        w.rm |= c == OPTION_RM;
        w.views |= c == OPTION_VIEWS;
        layer_choice_take(&w.layers, &o, c);
        if (c == OPTION_RW) {
            w.rw = true;
            w.branch = o.value;
        }
        if (c == 'o' && add_options(&text, o.value) < 0)
            return cli_output_status(-ENOMEM);
    }
    int least = w.branch && !w.rm ? 1 : 2; /* an existing branch has its image */
    if (add_view(&text, &w) < 0 || (text.len && !buf_str(&text)))
        return cli_output_status(-ENOMEM);
    w.options = text.len ? text.data : NULL;
    if (options_operands(&o, least, 2, least == 1 ? "DIR, or IMAGE DIR" : "IMAGE DIR") < 0 ||
        check_wanted(&o, &w) < 0)
        return o.status;
    return mount_words(cli, o.argc, o.argv, &w);
}

static const struct foreign_option elsewhere[] = {
    {"-t --types", "mount -t micafs IMAGE DIR is mount(8)'s, and mica mount IMAGE DIR mica's"},
    {"-r --read-only --ro", "a mount is read-only without --rw"},
    {"-w", "--rw makes it a mount to be written to"},
    {"-v --volume --bind", "mica mount shows an image; mica run -v shows a directory in a container"},
    {"-a --all --notruncate --format --json", "mica mounts lists the mounts"},
    {NULL, NULL},
};

const struct verb verb_mount = {
    .name = "mount",
    .summary = "mount an image on a directory, read-only or writable",
    .synopsis = "[--views | --upto N | --layer N] [-o OPTION,...] [--foreground] IMAGE DIR\n"
                "--rw[=BRANCH] [--rm] [-o OPTION,...] [--foreground] IMAGE DIR\n"
                "--rw=BRANCH [-o OPTION,...] [--foreground] DIR\n",
    .about =
        "Mounts the image on DIR, and returns when the mount is usable. Without operands, lists the mounts.\n"
        "With --rw the mount is writable: changes go to a branch of the store, and the next mount of the branch shows\n"
        "them again. The image does not change. A missing branch is created; without a name, a name is generated and\n"
        "printed. A branch can be mounted only once at a time.\n"
        "With --views, DIR/root is the image; DIR/layers/N-DIGEST is layer N alone, its removals shown as files .wh.NAME and\n"
        ".wh..wh..opq; DIR/upto/N is the image with layers 1 to N; DIR/hidden/N is the files of layer N that later layers\n"
        "replace or remove.\n"
        "A mount by root is accessible to all users, within the permissions of the image's files; a mount by an ordinary\n"
        "user only to that user, who may read everything in it, whatever its owners.\n",
    .options = options,
    .examples = "mica mount debian:12 /mnt\n"
                "mica mount --rw=work debian:12 /mnt\n"
                "mica mount --rw=work /mnt\n"
                "mica mount --rw --rm debian:12 /mnt\n"
                "mica mount --views app:1 /mnt && diff -r /mnt/upto/2 /mnt/upto/3\n"
                "mica mount --upto 2 app:1 /mnt\n"
                "mica mount -o allow_other app:1 ~/app\n"
                "mica mount docker-archive:app.tar /mnt\n",
    .foreign = elsewhere,
    .run = run,
};
