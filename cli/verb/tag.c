/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "act/name_image.h"
#include "command/options.h"
#include "disk/store.h"
#include "image/reference.h"
#include "os/cleanup.h"

static const struct verb_option options[] = {
    {'f', "force", NULL, "also take the only name of another image"},
    {0, NULL, NULL, NULL},
};

static int tag(struct store *s, const char *word, char *const *names, size_t n, enum tx_name_taken taken)
{
    struct image image = {.name = NULL};
    struct err err = {""};
    int status;

    if (store_find_own_image(s, word, &image, &err) < 0)
        return cli_fail(&err);
    status = name_image(s, &image, names, n, taken);
    image_free(&image);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    enum tx_name_taken taken = TX_NAME_ASKS;
    struct options o;
    struct store *s = NULL;
    struct err err = {""};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        taken = c == 'f' ? TX_NAME_MOVES : taken;
    if (options_operands(&o, 2, -1, "IMAGE NAME...") < 0)
        return o.status;
    for (int i = 1; i < o.argc; i++)
        if (reference_check(o.argv[i], &err) < 0)
            return cli_usagef(cli, "%s", err.text);
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    int status = tag(s, o.argv[0], o.argv + 1, (size_t)o.argc - 1, taken);
    store_close(s);
    return status;
}

const struct verb verb_tag = {
    .name = "tag",
    .summary = "add names to an image",
    .synopsis = "[--force] IMAGE NAME...",
    .about =
        "Adds all names to IMAGE; it keeps its other names. A name moves from another image, with a message that names\n"
        "it; --force is needed if it is the other's only name.\n",
    .options = options,
    .examples = "mica tag debian:12 base:stable\n"
                "mica tag 4f53cda18c2b app:nightly app:2026-12-01\n",
    .run = run,
};
