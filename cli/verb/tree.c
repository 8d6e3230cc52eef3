/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "act/image_arg.h"
#include "act/layer_tree.h"
#include "command/options.h"
#include "show/size.h"
#include "show/tree_print.h"
#include "tree/path_walk.h"

enum {
    OPTION_DU = 256,
};

static const struct verb_option options[] = {
    {'L', "level", "N", "descend at most N levels"},
    {'a', "all", NULL, "print names that start with a dot, too"},
    {'d', "directories", NULL, "print only directories"},
    {'s', "size", NULL, "print the size of each file"},
    {OPTION_DU, "du", NULL, "print the size of each file, and of all files beneath each directory"},
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

static void take_option(struct options *o, struct tree_print *p, int c)
{
    uint64_t level;

    switch (c) {
    case 'L':
        if (number_parse(o->value, &level) < 0 || level < 1 || level >= UINT32_MAX)
            options_bad(o, "--level: \"%s\" is no number of directories", o->value);
        else
            p->max_depth = (uint32_t)level;
        break;
    case 'a':
        p->all = true;
        break;
    case 'd':
        p->only_dirs = true;
        break;
    case 's':
        p->sizes = true;
        break;
    case OPTION_DU:
        p->totals = true;
        break;
    default:
        break;
    }
}

static int print(const struct tree_print *p, const struct image_arg *a, const struct layer_choice *layers,
                 const struct layer_missing *names)
{
    const char *path = names->path;
    struct tree_attr attr;
    uint64_t node;
    int r = tree_walk(p->tree, path, true, &node, &attr);

    if (r == -ENOENT) /* a dangling link is shown itself */
        r = tree_walk(p->tree, path, false, &node, &attr);
    if (r < 0)
        return layer_fail_missing(a, layers, p->tree, names, r);
    r = tree_print(p, path, node, &attr);
    tree_forget(p->tree, node, 1);
    return r == -EUCLEAN ? cli_failf("%s: the image's tree is damaged", path) : cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct tree_print p = {.max_depth = UINT32_MAX};
    struct layer_choice layers = {0};
    const char *path;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        take_option(&o, &p, c);
        layer_choice_take(&layers, &o, c);
    }
    if (options_operands(&o, 1, 2, "IMAGE[:PATH]") < 0)
        return o.status;
    int status = o.argc > 1 ? image_arg_find_both(cli, o.argv[0], o.argv[1], &a, &path)
                            : image_arg_find_path(cli, o.argv[0], &a, &path);
    if (status == STATUS_DONE)
        status = layer_tree(&a, &layers, &p.tree);
    if (status == STATUS_DONE) {
        const struct layer_missing names = {.verb = "tree", .image = o.argv[0], .path = path, .shown = path};
        status = print(&p, &a, &layers, &names);
    }
    tree_free(p.tree);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-J --json", "mica ls -R --json IMAGE:PATH lists everything beneath a directory"},
    {"-p -u -g -D --inodes --device", "mica ls -lR IMAGE:PATH prints modes, owners and times"},
    {NULL, NULL},
};

const struct verb verb_tree = {
    .name = "tree",
    .summary = "print the directories of an image as a tree",
    .synopsis =
        "[-a] [-d] [-L N] [-s] [--du] [--upto N | --layer N] IMAGE[:PATH]\n[-a] [-d] [-L N] [-s] [--du] [--upto N | --layer N] IMAGE PATH",
    .about =
        "Prints PATH (default: the root) of the merged image as a tree, like tree(1). Sizes are bytes of contents; with\n"
        "--du a directory's size is that of all files beneath it, printed or not, and a file with several names counts\n"
        "once.\n",
    .options = options,
    .examples = "mica tree -L 2 debian:12\n"
                "mica tree -d -L 1 --du app:1:/usr\n",
    .foreign = elsewhere,
    .run = run,
};
