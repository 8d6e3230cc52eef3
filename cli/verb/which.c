/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/tree_path.h"
#include "show/which.h"
#include "show/which_print.h"
#include "verb/which_content.h"

static const struct verb_option options[] = {
    {'c', "content", "FILE|DIGEST", "find the files of all images with this content"},
    {'A', "all-images", NULL, "search every image of the store"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

/* The question and the form of the answer. */
struct asking {
    struct store *store;
    const char *wanted; /* the path as given */
    bool json, all;
    struct json_list list;
    size_t answers;
};

/* Asks one image. Prints nothing if none of its layers has the path. */
static int ask_image(struct asking *a, const struct image *image, struct err *err)
{
    struct tree_path path = {0};
    struct which w = {0};
    struct tree *tree = NULL;
    int r = store_open_tree(a->store, &image->chain_id, 1, &tree, err);

    if (r < 0)
        return r;
    r = tree_path_resolve(tree, a->wanted, &path);
    tree_free(tree);
    if (r < 0)
        return err_errno(err, -r, "%s", a->wanted);
    r = which_ask(a->store, image, &path, &w, err);
    if (r == 0 && w.n) {
        if (!a->json && a->answers++ && putchar('\n') == EOF)
            r = -EIO;
        if (r == 0)
            r = a->json ? which_print_json(&w, a->all, &a->list) : which_print(&w, a->all);
        a->answers += a->json;
        if (r < 0)
            err_errno(err, -r, "cannot write to standard output");
    }
    which_free(&w);
    tree_path_free(&path);
    return r;
}

static int finish(struct asking *a, const char *where)
{
    if (!a->answers)
        return cli_failf("no layer of %s has %s%s", where, *a->wanted == '/' ? "" : "/", a->wanted);
    return cli_output_status(a->json ? json_list_end(&a->list) : 0);
}

/* An image with several names is asked once, by the first. */
static int ask_all(const struct cli *cli, struct asking *a)
{
    struct catalog catalog = {0};
    struct err err = {""};
    int r = store_open(cli->store, 0, &a->store, &err);

    if (r == 0)
        r = store_catalog(a->store, &catalog, &err);
    for (size_t i = 0; r == 0 && i < catalog.n; i++) {
        struct image image = {0};
        bool known = false;

        for (size_t k = 0; k < i && !known; k++)
            known = digest_equal(&catalog.entries[k].manifest.digest, &catalog.entries[i].manifest.digest);
        if (known)
            continue;
        r = store_load_image(a->store, &catalog.entries[i], &image, &err);
        if (r == 0)
            r = ask_image(a, &image, &err);
        image_free(&image);
    }
    catalog_free(&catalog);
    int status = r < 0 ? cli_fail(&err) : finish(a, "any image of the store");
    store_close(a->store);
    return status;
}

static int ask_one(const struct cli *cli, const struct options *o, struct asking *a, bool *ret_usage)
{
    cleanup_image_arg struct image_arg arg = {0};
    struct err err = {""};
    int status = image_arg_find_both(cli, o->argv[0], o->argc > 1 ? o->argv[1] : NULL, &arg, &a->wanted);

    *ret_usage = status < 0;
    if (status)
        return status;
    a->store = arg.store;
    if (ask_image(a, &arg.image, &err) < 0)
        return cli_fail(&err);
    return finish(a, arg.image.name ? arg.image.name : "the image");
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct asking a = {.list = JSON_LIST_INIT};
    const char *content = NULL;
    bool usage = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        content = c == 'c' ? o.value : content;
        a.json |= c == 'j';
        a.all |= c == 'A';
    }
    if (content)
        return options_operands(&o, 0, 0, "no word with --content") < 0 ? o.status
                                                                        : which_content(cli, content, a.json);
    if (options_operands(&o, 1, a.all ? 1 : 2, a.all ? "PATH" : "IMAGE PATH") < 0)
        return o.status;
    if (a.all) {
        a.wanted = o.argv[0];
        return ask_all(cli, &a);
    }
    int status = ask_one(cli, &o, &a, &usage);
    if (usage)
        return options_bad(&o, "needs IMAGE PATH, or IMAGE:PATH"), o.status;
    return status;
}

const struct verb verb_which = {
    .name = "which",
    .alias = "blame",
    .summary = "list the layers that add, replace, remove or hide a path",
    .synopsis =
        "[--json] IMAGE PATH\n[--json] IMAGE:PATH\n--all-images [--json] PATH\n--content FILE|DIGEST [--json]",
    .about =
        "Lists every layer that affects PATH, topmost first: its action, whether its file is visible in the image or which\n"
        "layer hides it, and the command that created the layer. A layer with the same content as below changes metadata,\n"
        "or repeats the file. For a directory the files beneath it are counted, layer by layer. Symbolic links on the way\n"
        "to PATH are followed; PATH may be one that the image no longer has.\n"
        "With --content, lists the files of all images with the content of FILE, or with this SHA-256.\n",
    .options = options,
    .examples = "mica which app:1 /etc/passwd\n"
                "mica which app:1 /usr/share/doc\n"
                "mica which --all-images /usr/lib/x86_64-linux-gnu/libssl.so.3\n"
                "mica which --content ./libfoo.so\n"
                "mica which --json app:1 /bin/ls | jq -r '.[] | select(.visible) | .command'\n",
    .run = run,
};
