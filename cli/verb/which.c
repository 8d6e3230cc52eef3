/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/tree_path.h"
#include "show/which.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static int resolve(const struct image_arg *a, const char *path, struct tree_path *ret)
{
    struct tree *tree = NULL;
    int status = image_arg_tree(a, &tree);

    if (status)
        return status;
    int r = tree_path_resolve(tree, path, ret);
    tree_free(tree);
    return r < 0 ? cli_failf("%s: %s", path, strerror(-r)) : STATUS_DONE;
}

static int which(const struct image_arg *a, const struct tree_path *path, bool json)
{
    struct which w = {0};
    struct err err = {""};
    int status;

    if (which_ask(a->store, &a->image, path, &w, &err) < 0)
        status = cli_fail(&err);
    else if (w.n == 0)
        status = cli_failf("there is no %s in %s, and none of its layers has ever had it", w.path,
                           a->image.name ? a->image.name : "the image");
    else
        status = cli_output_status(json ? which_print_json(&w) : which_print(&w));
    which_free(&w);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct tree_path path = {0};
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 1, 2, "IMAGE PATH") < 0)
        return o.status;
    const char *wanted;
    int status = image_arg_find_both(cli, o.argv[0], o.argc > 1 ? o.argv[1] : NULL, &a, &wanted);
    if (status < 0)
        return options_bad(&o, "needs IMAGE PATH, or IMAGE:PATH"), o.status;
    if (status == STATUS_DONE)
        status = resolve(&a, wanted, &path);
    if (status == STATUS_DONE)
        status = which(&a, &path, json);
    tree_path_free(&path);
    return status;
}

const struct verb verb_which = {
    .name = "which",
    .summary = "tell which layers have, replace, remove or hide a path",
    .synopsis = "[--json] IMAGE PATH\n[--json] IMAGE:PATH",
    .about =
        "Lists every layer that speaks of PATH, the topmost first: what it does, whether what it brings is visible in\n"
        "the image or which layer hides it, and the command that made the layer. Symbolic links on the way to PATH\n"
        "are followed; paths that are no longer in the image can be asked for as well.\n",
    .options = options,
    .examples = "mica which app:1 /etc/passwd\n"
                "mica which app:1 /usr/share/doc\n"
                "mica which --json app:1 /bin/ls | jq -r '.[] | select(.visible) | .command'\n",
    .run = run,
};
