/* SPDX-License-Identifier: Apache-2.0 */
#include "verb/which_content.h"

#include <errno.h>

#include "act/content_search.h"
#include "show/json_out.h"
#include "show/progress.h"
#include "show/table.h"

struct listing {
    struct table *table; /* NULL: JSON */
    struct json_list list;
    size_t n;
};

static int add_row(struct table *t, const struct image *image, const struct content_name *name)
{
    char hex[DIGEST_HEX_MAX];
    int r = image->name ? table_cell(t, image->name)
                        : table_cellf(t, "%.12s", digest_hex(&image->manifest_digest, hex));

    if (r == 0)
        r = table_cellf(t, "%u", name->layer + 1);
    if (r == 0)
        r = name->visible ? table_cell(t, "visible") : table_cellf(t, "hidden by %u", name->hidden_by + 1);
    return r == 0 ? table_cell(t, name->path) : r;
}

static int add_object(struct json_list *l, const struct image *image, const struct content_name *name)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "name", image->name) < 0 ||
        json_set_digest(o, "digest", &image->manifest_digest) < 0 ||
        json_set_number(o, "layer", name->layer + 1) < 0 ||
        json_set_digest(o, "diff_id", &image->config.diff_ids[name->layer]) < 0 ||
        json_set_str(o, "path", name->path) < 0 ||
        json_object_set_new(o, "visible", json_boolean(name->visible)) < 0 ||
        (!name->visible && json_set_number(o, "hidden_by", name->hidden_by + 1) < 0)) {
        json_decref(o);
        o = NULL;
    }
    return json_list_add(l, o);
}

static int tell(void *ctx, const struct image *image, const struct content_name *name)
{
    struct listing *l = ctx;

    l->n++;
    return l->table ? add_row(l->table, image, name) : add_object(&l->list, image, name);
}

static int search(const struct cli *cli, struct store *s, struct content_wanted *wanted,
                  struct content_search *ret, struct err *err)
{
    const struct progress_options look = {
        .out = stderr, .width = terminal_width(stderr), .quiet = cli->quiet};
    struct progress *progress = progress_new(&look);
    int r = progress ? content_search_run(s, wanted, progress_reading, progress, ret, err)
                     : err_set(err, ENOMEM, "out of memory");

    progress_free(progress);
    return r;
}

/* Images with several names are listed under each. */
static int list_names(struct store *s, const struct content_search *found, struct listing *l, struct err *err)
{
    struct catalog catalog = {0};
    int r = store_catalog(s, &catalog, err);

    for (size_t i = 0; r == 0 && found->n && i < catalog.n; i++) {
        struct image image = {0};

        r = store_load_image(s, &catalog.entries[i], &image, err);
        if (r == 0)
            r = content_search_names(found, &image, tell, l, err);
        image_free(&image);
    }
    catalog_free(&catalog);
    if (r < 0 && !err->text[0])
        err_errno(err, -r, "cannot list the files");
    return r;
}

static int find_and_list(const struct cli *cli, struct store *s, const char *word, struct listing *l)
{
    struct content_wanted wanted;
    struct content_search found = {0};
    struct err err = {""};
    int r = content_wanted_read(word, &wanted, &err);

    if (r == 0)
        r = search(cli, s, &wanted, &found, &err);
    if (r == 0)
        r = list_names(s, &found, l, &err);
    content_search_free(&found);
    if (r < 0)
        return cli_fail(&err);
    if (!l->n)
        return cli_failf("no image of the store has a file with the content of %s", word);
    return cli_output_status(l->table ? table_print(l->table, stdout, terminal_width(stdout))
                                      : json_list_end(&l->list));
}

int which_content(const struct cli *cli, const char *word, bool json)
{
    static const struct table_column columns[] = {
        {"IMAGE", false}, {"LAYER", true}, {"STATE", false}, {"PATH", false}};
    struct listing l = {.list = JSON_LIST_INIT};
    struct store *s = NULL;
    struct err err = {""};
    int status;

    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    l.table = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    status = json || l.table ? find_and_list(cli, s, word, &l) : cli_output_status(-ENOMEM);
    table_free(l.table);
    store_close(s);
    return status;
}
