/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "act/find_run.h"
#include "act/image_arg.h"
#include "act/layer_tree.h"
#include "command/options.h"
#include "tree/path_walk.h"

static const struct verb_option options[] = {
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

static int find(struct tree *t, const struct find_expr *e, const char *path, const struct image_arg *a,
                const struct layer_choice *layers, const char *image)
{
    const struct layer_missing m = {.verb = "find", .image = image, .path = path, .shown = path};
    struct tree_attr attr;
    uint64_t node;
    size_t len = strlen(path);
    int r = tree_walk(t, path, len > 1 && path[len - 1] == '/', &node, &attr);

    if (r == 0) {
        r = find_run(t, e, path, node, &attr);
        tree_forget(t, node, 1);
        if (r != -EUCLEAN)
            return cli_output_status(r);
    }
    return layer_fail_missing(a, layers, t, &m, r);
}

/* The words before the expression are paths. */
static bool is_path(const char *word)
{
    return word[0] != '-' && strcmp(word, "!") != 0 && strcmp(word, "(") != 0 && strcmp(word, ")") != 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct tree *tree = NULL;
    struct find_expr *e = NULL;
    struct err err = {""};
    struct layer_choice layers = {0};
    const char *path;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        layer_choice_take(&layers, &o, c);
    if (options_operands(&o, 1, -1, "IMAGE [PATH] [EXPRESSION]") < 0)
        return o.status;
    bool two = o.argc > 1 && is_path(o.argv[1]);
    int status = two ? image_arg_find_both(cli, o.argv[0], o.argv[1], &a, &path)
                     : image_arg_find_path(cli, o.argv[0], &a, &path);
    if (status == STATUS_DONE)
        status = layer_tree(&a, &layers, &tree);
    if (status == STATUS_DONE) {
        int words = 1 + two;
        const struct find_facts facts = {time(NULL), find_account, find_look, tree};
        int r = find_parse((const char *const *)o.argv + words, o.argc - words, &facts, &e, &err);
        status = r == -EINVAL ? cli_usagef(cli, "%s", err.text)
                 : r < 0      ? cli_fail(&err)
                              : find(tree, e, path, &a, &layers, o.argv[0]);
    }
    find_free(e);
    tree_free(tree);
    return status;
}

const struct verb verb_find_files = {
    .name = "find",
    .summary = "search an image for files, without mounting it",
    .synopsis =
        "[--upto N | --layer N] IMAGE[:PATH] [EXPRESSION]\n[--upto N | --layer N] IMAGE PATH [EXPRESSION]",
    .about =
        "Searches PATH (default: the root) of the merged image, like find(1). EXPRESSION consists of\n"
        "  -name -iname -path -ipath -lname -ilname PATTERN, -regex -iregex REGEX, -xattr PATTERN (of an attribute's\n"
        "  name), -type f,d,l,b,c,p,s, -size [+-]N[cwbkMG], -perm [-/]MODE, -uid -gid -links -inum -mtime -mmin [+-]N,\n"
        "  -user -group NAME and -nouser, -nogroup (of the image's /etc/passwd and /etc/group), -newermt TIME,\n"
        "  -newer -samefile FILE (of the image), -empty, -true, -false, -maxdepth N, -mindepth N, ! -not, -a -and,\n"
        "  -o -or, parentheses, and the actions -print, -print0, -ls, -prune, -quit.\n"
        "Names are escaped as in mica ls; -print0 prints them unchanged.\n",
    .options = options,
    .examples = "mica find debian:12 -perm /6000 -type f -ls\n"
                "mica find app:1:/usr -name '*.so*' -size +1M\n"
                "mica find app:1 /etc -newermt 2026-01-01 ! -user root\n"
                "mica find app:1 -xattr security.capability -print0 | xargs -0 -n 1 mica which app:1\n",
    .operands_end_options = true,
    .run = run,
};
