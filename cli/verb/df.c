/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/account.h"
#include "command/options.h"
#include "os/cleanup.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"
#include "show/table.h"
#include "show/text.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"NAME", false},    {"DIGEST", false}, {"SIZE", true},  {"BLOBS", true},
    {"CONTENTS", true}, {"SHARED", true},  {"SAVED", true}, {"FREES", true},
};

static int add_size(struct table *t, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX];

    return table_cell(t, size_format(bytes, text));
}

static int add_row(struct table *t, const struct account_image *a)
{
    char hex[DIGEST_HEX_MAX];

    if (table_cell(t, a->name) < 0 || table_cellf(t, "%.12s", digest_hex(&a->manifest, hex)) < 0 ||
        add_size(t, a->blobs + a->contents) < 0 || add_size(t, a->blobs) < 0 ||
        add_size(t, a->contents) < 0 || add_size(t, a->shared) < 0 || add_size(t, a->saved) < 0)
        return -ENOMEM;
    return a->held ? table_cell(t, "in use") : add_size(t, a->freed);
}

static int set_names(json_t *o, char *const *names, size_t n)
{
    json_t *list = json_array();
    int r = list ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = json_array_append_new(list, json_string(names[i])) < 0 ? -ENOMEM : 0;
    if (r == 0)
        return json_object_set_new(o, "shared_with", list);
    json_decref(list);
    return r;
}

static int add_json(struct json_list *l, const struct account_image *a)
{
    json_t *o = json_object();

    if (!o || json_set_str(o, "name", a->name) < 0 || json_set_digest(o, "digest", &a->manifest) < 0 ||
        json_set_number(o, "disk_size", a->blobs + a->contents) < 0 ||
        json_set_number(o, "blobs_disk_size", a->blobs) < 0 ||
        json_set_number(o, "contents_disk_size", a->contents) < 0 ||
        json_set_number(o, "shared_disk_size", a->shared) < 0 ||
        json_set_number(o, "saved_disk_size", a->saved) < 0 ||
        json_set_number(o, "freed_disk_size", a->freed) < 0 ||
        json_object_set_new(o, "in_use", json_boolean(a->held)) < 0 ||
        set_names(o, a->shared_with, a->n_shared_with) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

static void print_sharers(const struct account_image *a)
{
    char text[DIGEST_STRING_MAX];
    const char *name = a->name ? a->name : digest_string(&a->manifest, text);

    text_put(stdout, name, strlen(name), 0);
    fputs(a->n_shared_with ? " shares with " : " shares nothing", stdout);
    for (size_t i = 0; i < a->n_shared_with; i++) {
        fputs(i ? ", " : "", stdout);
        text_put(stdout, a->shared_with[i], strlen(a->shared_with[i]), 0);
    }
    putchar('\n');
}

static void print_totals(const struct account *a)
{
    char blobs[SIZE_TEXT_MAX], contents[SIZE_TEXT_MAX], branches[SIZE_TEXT_MAX], unneeded[SIZE_TEXT_MAX],
        saved[SIZE_TEXT_MAX];

    printf("\nblobs %s, contents %s, branches %s", size_format(a->blobs, blobs),
           size_format(a->contents, contents), size_format(a->branches, branches));
    if (a->saved)
        printf("; equal contents save %s", size_format(a->saved, saved));
    if (a->unneeded)
        printf("; mica gc frees %s", size_format(a->unneeded, unneeded));
    putchar('\n');
}

static bool is_meant(const struct account_image *a, const struct digest *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (digest_equal(&a->manifest, &wanted[i]))
            return true;
    return n == 0;
}

static int print(const struct account *a, const struct digest *wanted, size_t n, bool json)
{
    struct json_list l = JSON_LIST_INIT;
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    int r = json || t ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < a->n; i++)
        if (is_meant(&a->images[i], wanted, n))
            r = json ? add_json(&l, &a->images[i]) : add_row(t, &a->images[i]);
    if (r == 0)
        r = json ? json_list_end(&l) : table_print(t, stdout, 0);
    table_free(t);
    for (size_t i = 0; r == 0 && !json && n && i < a->n; i++)
        if (is_meant(&a->images[i], wanted, n))
            print_sharers(&a->images[i]);
    if (r == 0 && !json && n == 0)
        print_totals(a);
    return cli_output_status(r);
}

static int show(struct store *s, char *const *words, size_t n, bool json)
{
    cleanup_free struct digest *wanted = calloc(n + 1, sizeof *wanted);
    struct account a;
    struct err err = {""};

    if (!wanted)
        return cli_failf("out of memory");
    for (size_t i = 0; i < n; i++) {
        struct image image = {.name = NULL};

        if (store_find_own_image(s, words[i], &image, &err) < 0)
            return cli_fail(&err);
        wanted[i] = image.manifest_digest;
        image_free(&image);
    }
    int status = store_account(s, &a, &err) < 0 ? cli_fail(&err) : print(&a, wanted, n, json);
    account_free(&a);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct store *s = NULL;
    struct err err = {""};
    bool json = false;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;)
        json |= c == 'j';
    if (options_operands(&o, 0, -1, "IMAGE...") < 0)
        return o.status;
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    int status = show(s, o.argv, (size_t)o.argc, json);
    store_close(s);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-v --verbose",
     "mica df IMAGE lists the images with which it shares objects; --json lists them for all"},
    {NULL, NULL},
};

const struct verb verb_df = {
    .name = "df",
    .summary = "show the disk usage of images",
    .synopsis = "[--json] [IMAGE...]",
    .about =
        "Prints each image's disk usage: blobs (manifest, config and layers as imported), contents (the unpacked layers,\n"
        "and trees), the part that other images need, too, the additional space that its layers would need if equal\n"
        "contents were not stored once, and the space that its removal would free. With operands, the images with which\n"
        "each one shares objects follow; without, the sums of the store, in which shared objects count once.\n",
    .options = options,
    .examples =
        "mica df\n"
        "mica df app:1\n"
        "mica df --json | jq -r 'sort_by(-.freed_disk_size)[] | \"\\(.freed_disk_size) \\(.name)\"'\n",
    .foreign = elsewhere,
    .run = run,
};
