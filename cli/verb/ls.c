/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/image_arg.h"
#include "act/layer_tree.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/listing.h"

static const struct verb_option options[] = {
    {'l', "long", NULL, "print mode, links, owner, group, size or device, time, target of links"},
    {'R', "recursive", NULL, "list subdirectories recursively"},
    {'a', "all", NULL, "list names that start with a dot, too"},
    {'j', "json", NULL, "print JSON (with all names)"},
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

static void take_option(struct listing *l, int c)
{
    switch (c) {
    case 'l':
        l->long_lines = true;
        break;
    case 'R':
        l->recursive = true;
        break;
    case 'a':
        l->all = true;
        break;
    case 'j':
        l->json = l->all = true;
        break;
    default:
        break;
    }
}

static int list(struct listing *l, const char *path)
{
    struct tree_attr attr;
    uint64_t node;
    size_t len = strlen(path);

    /* As ls(1): with -l shows a link itself, otherwise the directory that it leads to. */
    bool follow = !l->long_lines || (len > 1 && path[len - 1] == '/');
    int r = tree_walk(l->tree, path, follow, &node, &attr);
    if (r == -ENOENT && follow) { /* a dangling link is shown itself */
        follow = false;
        r = tree_walk(l->tree, path, follow, &node, &attr);
    }
    if (r < 0)
        return cli_failf("%s: %s", path, r == -EUCLEAN ? "the image's tree is damaged" : strerror(-r));
    r = listing_print(l, path, node, &attr);
    tree_forget(l->tree, node, 1);
    if (r == 0 && l->json)
        r = json_list_end(&l->list);
    if (r == -EUCLEAN)
        return cli_failf("%s: the image's tree is damaged", path);
    return cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct listing l = {.list = JSON_LIST_INIT};
    struct layer_choice layers = {0};
    const char *path;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        take_option(&l, c);
        layer_choice_take(&layers, &o, c);
    }
    if (options_operands(&o, 1, 2, "IMAGE[:PATH]") < 0)
        return o.status;
    int status = o.argc > 1 ? image_arg_find_both(cli, o.argv[0], o.argv[1], &a, &path)
                            : image_arg_find_path(cli, o.argv[0], &a, &path);
    if (status == STATUS_DONE)
        status = layer_tree(&a, &layers, &l.tree);
    if (status == STATUS_DONE)
        status = list(&l, path);
    tree_free(l.tree);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-1 -d -t -S -r -s -i -A -F -p -Z --sort --time --color --human-readable --directory --reverse",
     "mica mount IMAGE DIR shows the image to ls(1), which has that option"},
    {NULL, NULL},
};

const struct verb verb_ls = {
    .name = "ls",
    .summary = "list a directory of an image, without mounting it",
    .synopsis =
        "[-l] [-R] [-a] [--json] [--upto N | --layer N] IMAGE[:PATH]\n[-l] [-R] [-a] [--json] [--upto N | --layer N] IMAGE PATH",
    .about =
        "Lists PATH (default: the root) of the merged image. Owners are printed as numbers: the user names of this\n"
        "machine do not apply to the image. Characters of names that could act on a terminal, break a line or hide are\n"
        "escaped; --json has the exact names.\n",
    .options = options,
    .examples = "mica ls debian:12\n"
                "mica ls -l debian:12:/etc\n"
                "mica ls -R --json app:1 | jq -r '.[] | select(.mode | test(\"^[4-7]\")) | .path'\n"
                "mica ls --layer 2 app:1\n"
                "mica ls docker-archive:app.tar:/usr\n",
    .foreign = elsewhere,
    .run = run,
};
