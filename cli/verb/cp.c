/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>

#include "act/copy_out.h"
#include "act/image_arg.h"
#include "act/layer_tree.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "tree/path_walk.h"

static const struct verb_option options[] = {
    {'a', "archive", NULL, "copy any file or a tree, with owners, modes, times, attributes and links"},
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

/* Is there such a path? A symbolic link counts, wherever it leads. */
static int check(const struct image_arg *a, const struct layer_choice *layers, struct tree *t,
                 const struct layer_missing *names)
{
    struct tree_attr attr;
    uint64_t node;
    int r = tree_walk(t, names->path, false, &node, &attr);

    if (r < 0)
        return layer_fail_missing(a, layers, t, names, r);
    tree_forget(t, node, 1);
    return STATUS_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    cleanup_free char *both = NULL;
    struct tree *tree = NULL;
    struct layer_choice layers = {0};
    const char *path;
    bool all = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        all |= c == 'a';
        layer_choice_take(&layers, &o, c);
    }
    if (options_operands(&o, 2, 3, "IMAGE:PATH DEST") < 0)
        return o.status;
    const char *given = o.argc > 2 ? o.argv[1] : NULL, *dest = o.argv[o.argc - 1], *word = o.argv[0];
    int status = image_arg_find_both(cli, word, given, &a, &path);
    if (status < 0)
        return cli_usagef(cli, "cp: needs IMAGE:PATH DEST, or IMAGE PATH DEST");
    if (given && asprintf(&both, "%s:%s", word, given) >= 0)
        word = both;
    const struct layer_missing names = {
        .verb = "cp", .image = o.argv[0], .path = path, .shown = word, .after = dest};
    if (status == STATUS_DONE)
        status = layer_tree(&a, &layers, &tree);
    if (status == STATUS_DONE)
        status = check(&a, &layers, tree, &names);
    if (status == STATUS_DONE)
        status = copy_out(tree, path, word, dest, all);
    tree_free(tree);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-r -R --recursive -p --preserve -d", "mica cp -a copies a tree with its metadata"},
    {NULL, NULL},
};

const struct verb verb_cp = {
    .name = "cp",
    .summary = "copy a file or a tree out of an image, without mounting it",
    .synopsis = "[-a] [--upto N | --layer N] IMAGE:PATH DEST\n[-a] [--upto N | --layer N] IMAGE PATH DEST",
    .about =
        "Copies PATH to DEST, or into it if DEST is a directory. Without -a PATH is a file, and the copy gets your owner\n"
        "and the current time. With -a PATH may be of any type, and is copied with all metadata that you may set (as root\n"
        "also owners and devices); a message lists the rest. If PATH ends with /. its contents are copied.\n"
        "Each file appears complete. Directories merge; symbolic links below DEST are replaced, never followed.\n",
    .options = options,
    .examples = "mica cp debian:12:/etc/services .\n"
                "mica cp -a app:1:/etc ./etc-of-app\n"
                "mica cp -a app:1:/srv/. /srv/app\n",
    .foreign = elsewhere,
    .run = run,
};
