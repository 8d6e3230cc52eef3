/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "show/json_out.h"
#include "show/layer_facts.h"
#include "show/size.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"LAYER", true}, {"DIGEST", false}, {"SIZE", true}, {"FILES", true}, {"SHARED", true}, {"COMMAND", false},
};

static int add_row(struct table *t, const struct layer_facts *f, size_t n, size_t shared)
{
    char hex[DIGEST_HEX_MAX], size[SIZE_TEXT_MAX];

    if (table_cellf(t, "%zu", n + 1) < 0 || table_cellf(t, "%.12s", digest_hex(&f->diff_id, hex)) < 0 ||
        table_cell(t, size_format(f->size, size)) < 0 ||
        table_cellf(t, "%llu", (unsigned long long)f->files) < 0 || table_cellf(t, "%zu", shared) < 0)
        return -ENOMEM;
    return table_cell(t, *f->command ? f->command : NULL);
}

static int add_json(struct json_list *l, const struct layer_facts *f, size_t n, size_t shared)
{
    json_t *o = layer_facts_json(f, n);

    if (o && json_set_number(o, "shared", shared) < 0) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(l, o);
}

static int list(const struct image_arg *a, const struct layer_users *users, struct table *t,
                struct json_list *l)
{
    const struct image_config *config = &a->image.config;
    struct digest chain;
    struct err err = {""};
    int r = 0;

    for (size_t n = 0; n < config->n_diff_ids && r == 0; n++) {
        struct layer_facts f;
        if (layer_facts(a->store, &a->image, n, n ? &chain : NULL, &f, &err) < 0)
            return cli_fail(&err);
        chain = f.chain_id;
        size_t uses = layer_users_of(users, &f.diff_id), shared = uses ? uses - 1 : 0;
        r = t ? add_row(t, &f, n, shared) : add_json(l, &f, n, shared);
        layer_facts_free(&f);
    }
    if (r == 0)
        r = t ? table_print(t, stdout, terminal_width(stdout)) : json_list_end(l);
    return cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    struct layer_users *users = NULL;
    struct json_list l = JSON_LIST_INIT;
    struct err err = {""};
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    if (status)
        return status;
    if (layer_users_count(a.store, &users, &err) < 0)
        return cli_fail(&err);
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    status = json || t ? list(&a, users, t, &l) : cli_output_status(-ENOMEM);
    table_free(t);
    layer_users_free(users);
    return status;
}

const struct verb verb_layers = {
    .name = "layers",
    .summary = "list the layers of an image",
    .synopsis = "[--json] IMAGE",
    .about =
        "Lists the layers, the bottom one first: digest of the uncompressed layer (diff ID), bytes and number of the\n"
        "files it brings, how many other images of the store share it, and the command that made it.\n",
    .options = options,
    .examples = "mica layers debian:12\n"
                "mica layers --json app:1 | jq '.[] | select(.size > 1e8) | .command'\n",
    .foreign = foreign_list_options,
    .run = run,
};
