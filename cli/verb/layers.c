/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "act/image_arg.h"
#include "command/options.h"
#include "show/image_study.h"
#include "show/json_out.h"
#include "show/layer_facts.h"
#include "show/size.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'l', "long", NULL, "also print the numbers of files added, changed and removed"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"LAYER", true}, {"DIGEST", false}, {"SIZE", true},   {"BLOB", true},
    {"DEAD", true},  {"FILES", true},   {"SHARED", true}, {"COMMAND", false},
};
static const struct table_column long_columns[] = {
    {"LAYER", true},    {"DIGEST", false}, {"SIZE", true},   {"BLOB", true},
    {"DEAD", true},     {"FILES", true},   {"ADDED", true},  {"CHANGED", true},
    {"METADATA", true}, {"REMOVED", true}, {"SHARED", true}, {"COMMAND", false},
};

/* A layer of the list. */
struct row {
    size_t n; /* bottom = 0 */
    struct layer_facts facts;
    const struct study_layer_total *total;
    uint64_t blob, dead_blob; /* compressed */
    size_t shared;
};

static int add_counts(struct table *t, const struct study_layer_total *total)
{
    const uint64_t counts[] = {total->added, total->changed, total->metadata, total->removed};
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof counts / sizeof *counts; i++)
        r = table_cellf(t, "%llu", (unsigned long long)counts[i]);
    return r;
}

static int add_row(struct table *t, const struct row *row, bool long_lines)
{
    const struct layer_facts *f = &row->facts;
    char hex[DIGEST_HEX_MAX], size[SIZE_TEXT_MAX], blob[SIZE_TEXT_MAX], dead[SIZE_TEXT_MAX];

    if (table_cellf(t, "%zu", row->n + 1) < 0 || table_cellf(t, "%.12s", digest_hex(&f->diff_id, hex)) < 0 ||
        table_cell(t, size_format(f->size, size)) < 0 ||
        table_cell(t, f->blob ? size_format(row->blob, blob) : NULL) < 0 ||
        table_cell(t, size_format(row->total->dead, dead)) < 0 ||
        table_cellf(t, "%llu", (unsigned long long)f->files) < 0 ||
        (long_lines && add_counts(t, row->total) < 0) || table_cellf(t, "%zu", row->shared) < 0)
        return -ENOMEM;
    return table_cell(t, *f->command ? f->command : NULL);
}

static int add_json(struct json_list *l, const struct row *row)
{
    const struct study_layer_total *total = row->total;
    json_t *o = layer_facts_json(&row->facts, row->n);

    if (o && (json_set_number(o, "files_added", total->added) < 0 ||
              json_set_number(o, "files_changed", total->changed) < 0 ||
              json_set_number(o, "files_metadata", total->metadata) < 0 ||
              json_set_number(o, "files_removed", total->removed) < 0 ||
              json_set_number(o, "dead_size", total->dead) < 0 ||
              json_set_number(o, "dead_blob_size", row->dead_blob) < 0 ||
              json_set_number(o, "dead_files", total->dead_files) < 0 ||
              json_set_number(o, "shared", row->shared) < 0)) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(l, o);
}

static int list(const struct image_arg *a, const struct layer_users *users, const struct study_totals *totals,
                struct table *t, bool long_lines)
{
    const struct image_config *config = &a->image.config;
    struct json_list l = JSON_LIST_INIT;
    struct digest chain;
    struct err err = {""};
    int r = 0;

    for (size_t n = 0; n < config->n_diff_ids && r == 0; n++) {
        struct row row = {.n = n, .total = &totals->layers[n]};
        if (layer_facts(a->store, &a->image, n, n ? &chain : NULL, &row.facts, &err) < 0)
            return cli_fail(&err);
        chain = row.facts.chain_id;
        size_t uses = layer_users_of(users, &row.facts.diff_id);
        row.shared = uses ? uses - 1 : 0;
        row.blob = row.facts.blob ? row.facts.blob->size : 0;
        row.dead_blob = study_share(row.blob, row.total->dead, row.total->size);
        r = t ? add_row(t, &row, long_lines) : add_json(&l, &row);
        layer_facts_free(&row.facts);
    }
    if (r == 0)
        r = t ? table_print(t, stdout, terminal_width(stdout)) : json_list_end(&l);
    return cli_output_status(r);
}

static int count(const struct image_arg *a, struct study_totals *ret)
{
    cleanup_image_study struct image_study study = {0};
    struct err err = {""};
    int r = image_study_open(a->store, &a->image, UINT32_MAX, &study, &err);

    if (r == 0)
        r = study_count(study.study, NULL, ret);
    if (r < 0 && !err.text[0])
        err_errno(&err, -r, "cannot count the layers");
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}

static int print(const struct image_arg *a, bool long_lines, bool json)
{
    struct layer_users *users = NULL;
    struct study_totals totals = {0};
    struct err err = {""};
    int status = count(a, &totals);

    if (status == STATUS_DONE && layer_users_count(a->store, &users, &err) < 0)
        status = cli_fail(&err);
    if (status == STATUS_DONE) {
        struct table *t = json         ? NULL
                          : long_lines ? table_new(long_columns, sizeof long_columns / sizeof *long_columns)
                                       : table_new(columns, sizeof columns / sizeof *columns);
        status = json || t ? list(a, users, &totals, t, long_lines) : cli_output_status(-ENOMEM);
        table_free(t);
    }
    layer_users_free(users);
    study_totals_free(&totals);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    cleanup_image_arg struct image_arg a = {0};
    bool json = false, long_lines = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        json |= c == 'j';
        long_lines |= c == 'l';
    }
    if (options_operands(&o, 1, 1, "IMAGE") < 0)
        return o.status;
    int status = image_arg_find(cli, o.argv[0], &a);
    return status ? status : print(&a, long_lines, json);
}

const struct verb verb_layers = {
    .name = "layers",
    .summary = "list the layers of an image",
    .synopsis = "[--long] [--json] IMAGE",
    .about =
        "Lists the layers, bottom layer first: digest of the uncompressed layer (diff ID), size of its files, size of its\n"
        "blob, dead bytes (no name of the file is left in the image, because later layers replaced or removed them), number\n"
        "of inodes, number of other images that share it, and the command that created it.\n",
    .options = options,
    .examples = "mica layers debian:12\n"
                "mica layers --long app:1\n"
                "mica layers --json app:1 | jq '.[] | select(.dead_size > 1e6) | .command'\n",
    .foreign = foreign_list_options,
    .run = run,
};
