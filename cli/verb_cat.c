/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/image_arg.h"
#include "cli/ls_format.h"
#include "cli/options.h"
#include "os/cleanup.h"
#include "os/fd.h"

enum {
    PIECE = 256 * 1024,
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

static int cat_file(struct tree *t, const char *path, const char *word)
{
    struct tree_attr attr;
    struct tree_content content;
    uint64_t node;

    int r = tree_walk(t, path, true, &node, &attr);
    if (r < 0)
        return cli_failf("%s: %s", word, strerror(-r));
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

static int cat_word(const struct cli *cli, const char *word)
{
    cleanup_image_arg struct image_arg a = {0};
    struct tree *tree = NULL;
    const char *path;

    int status = image_arg_find_path(cli, word, &a, &path);
    if (status == STATUS_DONE)
        status = image_arg_tree(&a, &tree);
    if (status == STATUS_DONE)
        status = cat_file(tree, path, word);
    tree_free(tree);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    int status = STATUS_DONE;

    options_init(&o, cli, argc, argv);
    while (options_next(&o) > 0)
        ;
    if (options_operands(&o, 1, -1, "IMAGE:PATH...") < 0)
        return o.status;
    for (int i = 0; i < o.argc; i++) {
        int one = cat_word(cli, o.argv[i]);
        status = one ? one : status;
    }
    return status;
}

const struct verb verb_cat = {
    .name = "cat",
    .summary = "print files of an image, without mounting it",
    .synopsis = "IMAGE:PATH...",
    .about = "Prints the content of each file. Symbolic links are followed inside the image.\n",
    .examples = "mica cat debian:12:/etc/os-release\n"
                "mica cat app:1:/usr/bin/app > app\n",
    .run = run,
};
