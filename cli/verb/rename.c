/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/name_image.h"
#include "command/options.h"
#include "disk/rename_image.h"
#include "disk/store.h"
#include "image/reference.h"

static const struct verb_option options[] = {
    {'f', "force", NULL, "also take the only name of another image"},
    {0, NULL, NULL, NULL},
};

static bool is_digits(const char *word)
{
    return strncmp(word, "sha256:", 7) == 0 || strncmp(word, "sha512:", 7) == 0 ||
           !word[strspn(word, "0123456789abcdef")];
}

static int rename_image(struct store *s, const char *old, const char *new, enum tx_name_taken taken)
{
    struct image image = {.name = NULL};
    struct err err = {""};
    int status;

    bool named = name_is_meant(s, old);
    if (store_find_own_image(s, old, &image, &err) < 0)
        return cli_fail(&err);
    if (!named && !is_digits(old))
        status = cli_failf("image %s changed meanwhile: try again", old);
    else if (!named)
        status = cli_failf("\"%s\" is no name of an image, but a digest: mica tag %s %s gives it one more",
                           old, old, new);
    else
        status = name_image_instead(s, &image, new, taken);
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
    if (options_operands(&o, 2, 2, "OLD NEW") < 0)
        return o.status;
    if (reference_check(o.argv[1], &err) < 0)
        return cli_usagef(cli, "%s", err.text);
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    int status = rename_image(s, o.argv[0], o.argv[1], taken);
    store_close(s);
    return status;
}

const struct verb verb_rename = {
    .name = "rename",
    .summary = "replace a name of an image",
    .synopsis = "[--force] OLD NEW",
    .about =
        "Replaces the name OLD of an image by NEW, in one step; its other names stay. NEW may be another image's, with a\n"
        "message that names it; --force is needed if it is the other's only name. For branches: mica branches rename.\n",
    .options = options,
    .examples = "mica rename app:test app:2\n",
    .run = run,
};
