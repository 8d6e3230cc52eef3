/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "command/options.h"
#include "disk/store.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {'q', "quiet", NULL, "print only the names (without a name: the digest)"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"NAME", false},  {"DIGEST", false}, {"PLATFORM", false},
    {"LAYERS", true}, {"SIZE", true},    {"CREATED", false},
};

/* The bytes of all files of the merged tree; 0 for an image without layers. */
static int tree_size(struct store *s, const struct image *image, uint64_t *ret, struct err *err)
{
    struct index *ix;

    *ret = 0;
    if (image->config.n_diff_ids == 0)
        return 0;
    int r = store_open_tree_index(s, &image->chain_id, &ix, err);
    if (r < 0)
        return r;
    *ret = index_content_size(ix);
    index_free(ix);
    return 0;
}

static int add_row(struct table *t, const struct image *image, uint64_t size)
{
    char hex[DIGEST_HEX_MAX], platform[100], text[SIZE_TEXT_MAX];
    const char *created = image->config.created;

    digest_hex(&image->manifest_digest, hex);
    if (table_cell(t, image->name) < 0 || table_cellf(t, "%.12s", hex) < 0 ||
        table_cell(t, platform_string(&image->config.platform, platform)) < 0 ||
        table_cellf(t, "%zu", image->config.n_diff_ids) < 0 || table_cell(t, size_format(size, text)) < 0)
        return -ENOMEM;
    return created ? table_cellf(t, "%.10s", created) : table_cell(t, NULL); /* the date of RFC 3339 */
}

static int add_json(struct json_list *l, const struct image *image, uint64_t size)
{
    json_t *o = json_object();
    char platform[100];

    if (!o || json_set_str(o, "name", image->name) < 0 ||
        json_set_digest(o, "digest", &image->manifest_digest) < 0 ||
        json_set_digest(o, "config_digest", &image->config_digest) < 0 ||
        json_set_digest(o, "chain_id", &image->chain_id) < 0 ||
        json_set_str(o, "platform", platform_string(&image->config.platform, platform)) < 0 ||
        json_set_layer_count(o, image->config.n_diff_ids) < 0 || json_set_number(o, "size", size) < 0 ||
        json_set_time_text(o, "created", image->config.created) < 0 ||
        json_set_str(o, "store", image->store) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

static void print_names(const struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++) {
        char digest[DIGEST_STRING_MAX];
        const char *name = c->entries[i].name;
        if (!name)
            name = digest_string(&c->entries[i].manifest.digest, digest);
        text_put(stdout, name, strlen(name), 0);
        putchar('\n');
    }
}

/* Reports a damaged image and continues with the others. */
static int list(struct store *s, const struct catalog *c, struct table *t, struct json_list *l)
{
    int status = STATUS_DONE, r = 0;

    for (size_t i = 0; i < c->n && r == 0; i++) {
        struct image image = {0};
        struct err err = {""};
        uint64_t size;
        if (store_load_image(s, &c->entries[i], &image, &err) < 0 || tree_size(s, &image, &size, &err) < 0)
            status = cli_fail(&err);
        else
            r = t ? add_row(t, &image, size) : add_json(l, &image, size);
        image_free(&image);
    }
    if (r == 0)
        r = t ? table_print(t, stdout, 0) : json_list_end(l);
    return r < 0 ? cli_output_status(r) : status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct err err = {""};
    struct store *s = NULL;
    struct catalog catalog = {0};
    struct json_list l = JSON_LIST_INIT;
    bool json = false, quiet = false;
    int status = STATUS_DONE;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        json |= c == 'j';
        quiet |= c == 'q';
    }
    if (options_operands(&o, 0, 0, "") < 0)
        return o.status;
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    if (store_catalog_all(s, &catalog, &err) < 0)
        status = cli_fail(&err);
    else if (quiet)
        print_names(&catalog);
    else if (!json && !t)
        status = cli_output_status(-ENOMEM);
    else
        status = list(s, &catalog, t, &l);
    table_free(t);
    catalog_free(&catalog);
    store_close(s);
    return status;
}

const struct verb verb_images = {
    .name = "images",
    .summary = "list the images of the store",
    .synopsis = "[--json] [--quiet]",
    .about =
        "Lists the images by name. SIZE is the total size of the files in the merged tree; layers that images\n"
        "share are stored once.\n",
    .options = options,
    .examples = "mica images\nmica images --json | jq -r '.[].digest'\n",
    .foreign = foreign_list_options,
    .run = run,
};
