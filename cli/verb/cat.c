/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "act/image_arg.h"
#include "act/image_words.h"
#include "act/import_run.h"
#include "act/layer_tree.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "show/ls_format.h"
#include "tree/path_walk.h"

enum {
    PIECE = 256 * 1024,
};

static const struct verb_option options[] = {
    LAYER_OPTIONS,
    {0, NULL, NULL, NULL},
};

static int copy(const struct tree_content *c, char *piece, const char *word)
{
    for (uint64_t done = 0; done < c->size;) {
        size_t want = c->size - done < PIECE ? (size_t)(c->size - done) : PIECE;
        ssize_t got = fd_pread(c->fd, piece, want, c->offset + done);
        if (got < 0)
            return cli_failf("%s: %s", word, strerror((int)-got));
        if (got == 0)
            return cli_failf("%s: the store's copy is cut short", word);
        int r = fd_write(STDOUT_FILENO, piece, (size_t)got);
        if (r < 0)
            return cli_failf("standard output: %s", strerror(-r));
        done += (uint64_t)got;
    }
    return STATUS_DONE;
}

static int cat_file(const struct image_arg *a, const struct layer_choice *layers, struct tree *t,
                    const struct layer_missing *names)
{
    const char *word = names->shown;
    struct tree_attr attr;
    struct tree_content content;
    uint64_t node;

    int r = tree_walk(t, names->path, true, &node, &attr);
    if (r < 0)
        return layer_fail_missing(a, layers, t, names, r);
    int status;
    cleanup_free char *piece = malloc(PIECE);
    if (!S_ISREG(attr.mode))
        status = cli_failf("%s: not a regular file, but of type %s", word, mode_type(attr.mode));
    else if (!piece)
        status = cli_output_status(-ENOMEM);
    else if ((r = tree_content(t, node, &content)) < 0)
        status = cli_failf("%s: %s", word, strerror(-r));
    else {
        status = copy(&content, piece, word);
        tree_content_put(t, &content);
    }
    tree_forget(t, node, 1);
    return status;
}

/* Takes IMAGE and PATHs as `which` does: if other words follow, they are paths, and the first has none. */
static bool is_image_first(const struct cli *cli, char *const *words, int n)
{
    cleanup_image_arg struct image_arg unused = {0};
    struct err err = {""};

    for (int i = 1; i < n; i++)
        if (!image_word_is_path(cli, words[i], false))
            return false;
    if (n < 2 || store_open(cli->store, 0, &unused.store, &err) < 0)
        return n > 1;
    return !strstr(words[0], ":/") || store_find_image(unused.store, words[0], &unused.image, NULL) == 0 ||
           import_is_source(words[0]);
}

/* `given` NULL: the word contains the path. */
static int cat_word(const struct cli *cli, const struct layer_choice *layers, const char *image,
                    const char *given)
{
    cleanup_image_arg struct image_arg a = {0};
    cleanup_free char *both = NULL;
    struct tree *tree = NULL;
    const char *path = given, *word = image;

    if (given && asprintf(&both, "%s:%s%s", image, *given == '/' ? "" : "/", given) < 0)
        both = NULL;
    if (given && both)
        word = both; /* for messages */
    int status = given ? image_arg_find(cli, image, &a) : image_arg_find_path(cli, word, &a, &path);
    if (status == STATUS_DONE)
        status = layer_tree(&a, layers, &tree);
    const struct layer_missing names = {.verb = "cat", .image = image, .path = path, .shown = word};
    if (status == STATUS_DONE)
        status = cat_file(&a, layers, tree, &names);
    tree_free(tree);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct layer_choice layers = {0};
    int status = STATUS_DONE;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        layer_choice_take(&layers, &o, c);
    if (options_operands(&o, 1, -1, "IMAGE:PATH...") < 0)
        return o.status;
    bool image_first = is_image_first(cli, o.argv, o.argc);
    for (int i = image_first; i < o.argc; i++) {
        int one = image_first ? cat_word(cli, &layers, o.argv[0], o.argv[i])
                              : cat_word(cli, &layers, o.argv[i], NULL);
        status = one ? one : status;
    }
    return status;
}

const struct verb verb_cat = {
    .name = "cat",
    .summary = "print files of an image, without mounting it",
    .synopsis = "[--upto N | --layer N] IMAGE:PATH...\n[--upto N | --layer N] IMAGE PATH...",
    .about =
        "Prints the content of each file. Symbolic links are followed inside the image.\n"
        "The error for a path that a layer removed names the layer, and the command that prints the former file.\n",
    .options = options,
    .examples = "mica cat debian:12:/etc/os-release\n"
                "mica cat app:1:/usr/bin/app > app\n"
                "mica cat --upto 1 app:1:/etc/motd\n",
    .run = run,
};
