/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "act/branch_edit.h"
#include "act/branch_size.h"
#include "act/image_name.h"
#include "command/options.h"
#include "disk/store.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/ls_format.h"
#include "show/size.h"
#include "show/table.h"

static const struct verb_option options[] = {
    {'j', "json", NULL, "print JSON"},
    {'q', "quiet", NULL, "print only the names"},
    {0, NULL, NULL, NULL},
};

static const struct table_column columns[] = {
    {"NAME", false}, {"IMAGE", false}, {"SIZE", true}, {"CREATED", false}, {"MOUNTED", false},
};

/* ---- listing */

/* A line of the list. */
struct row {
    const struct branch_entry *branch;
    const struct lease_info *lease; /* NULL: not mounted */
    uint64_t size;
    bool moved; /* the image's name belongs to another image now */
};

static const struct lease_info *find_lease(const struct lease_list *l, const struct branch_entry *b)
{
    for (size_t i = 0; b->held && i < l->n; i++)
        if (l->leases[i].branch && strcmp(l->leases[i].branch, b->name) == 0)
            return &l->leases[i];
    return NULL;
}

static int add_row(struct table *t, const struct row *row)
{
    const struct branch_info *info = &row->branch->info;
    char size[SIZE_TEXT_MAX], when[TIME_TEXT_MAX], hex[DIGEST_HEX_MAX];

    if (table_cell(t, row->branch->name) < 0)
        return -ENOMEM;
    int r = info->image ? table_cellf(t, "%s%s", info->image, row->moved ? IMAGE_NAME_MOVED : "")
                        : table_cellf(t, "%.12s", digest_hex(&info->manifest, hex));
    if (r < 0 || table_cell(t, size_format(row->size, size)) < 0 ||
        table_cell(t, time_format(info->created, when)) < 0)
        return -ENOMEM;
    return table_cell(t, row->lease ? row->lease->mountpoint : NULL);
}

static int add_json(struct json_list *l, const struct row *row)
{
    const struct branch_info *info = &row->branch->info;
    json_t *o = json_object();

    if (!o || json_set_str(o, "name", row->branch->name) < 0 || json_set_str(o, "image", info->image) < 0 ||
        json_object_set_new(o, "image_moved", json_boolean(row->moved)) < 0 ||
        json_set_digest(o, "digest", &info->manifest) < 0 ||
        json_set_digest(o, "chain_id", &info->chain_id) < 0 ||
        json_set_number(o, "disk_size", row->size) < 0 || json_set_time(o, "created", info->created, 0) < 0 ||
        json_object_set_new(o, "temporary", json_boolean(info->temporary)) < 0 ||
        json_set_str(o, "mountpoint", row->lease ? row->lease->mountpoint : NULL) < 0 ||
        json_set_pid(o, row->lease ? row->lease->pid : 0) < 0) {
        json_decref(o);
        return -ENOMEM;
    }
    return json_list_add(l, o);
}

/* Reports a damaged branch and continues with the others. */
static int list(struct store *s, const struct branch_list *branches, const struct lease_list *leases,
                struct table *t, struct json_list *l)
{
    int status = STATUS_DONE, r = 0;

    for (size_t i = 0; i < branches->n && r == 0; i++) {
        struct row row = {.branch = &branches->branches[i]};
        if (row.branch->fault) {
            status = cli_failf("branch %s: its branch.json cannot be read: %s", row.branch->name,
                               strerror(-row.branch->fault));
            continue;
        }
        row.lease = find_lease(leases, row.branch);
        row.moved = image_name_moved(s, row.branch->info.image, &row.branch->info.manifest);
        r = branch_size(s, row.branch->name, &row.size);
        if (r == 0)
            r = t ? add_row(t, &row) : add_json(l, &row);
    }
    if (r == 0)
        r = t ? table_print(t, stdout, 0) : json_list_end(l);
    return r < 0 ? cli_output_status(r) : status;
}

static int list_all(struct store *s, const struct branch_list *branches, bool json)
{
    struct json_list l = JSON_LIST_INIT;
    struct lease_list leases = {0};
    struct err err = {""};
    int status;

    if (store_leases(s, &leases, &err) < 0)
        return cli_fail(&err);
    struct table *t = json ? NULL : table_new(columns, sizeof columns / sizeof *columns);
    status = json || t ? list(s, branches, &leases, t, &l) : cli_output_status(-ENOMEM);
    table_free(t);
    lease_list_free(&leases);
    return status;
}

static int show(struct store *s, bool json, bool quiet)
{
    struct branch_list branches;
    struct err err = {""};
    int status = STATUS_DONE;

    if (store_branches(s, &branches, &err) < 0)
        return cli_fail(&err);
    if (quiet) {
        for (size_t i = 0; i < branches.n; i++)
            puts(branches.branches[i].name); /* of letters, digits and _.- only */
    } else {
        status = list_all(s, &branches, json);
    }
    branch_list_free(&branches);
    return status;
}

/* ---- changing */

static int remove_all(struct store *s, int n, char **names)
{
    int status = STATUS_DONE;

    for (int i = 0; i < n; i++)
        if (branch_remove_one(s, names[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    return status;
}

/* ---- the verb */

enum what { SHOW, REMOVE, RENAME };

/* The first operand selects the action; the others must fit it. */
static int parse(struct options *o, bool list_options, enum what *ret)
{
    if (options_operands(o, 0, -1, "") < 0)
        return -1;
    const char *word = o->argc > 0 ? o->argv[0] : NULL;
    if (word && list_options)
        return options_bad(o, "--json and --quiet are for the list");
    *ret = SHOW;
    if (!word)
        return 0;
    *ret = strcmp(word, "rename") == 0 ? RENAME : REMOVE;
    if (*ret == REMOVE && strcmp(word, "rm") != 0)
        return options_bad(o, "\"%s\" is neither rm nor rename", word);
    if (*ret == REMOVE && o->argc < 2)
        return options_bad(o, "rm needs NAME...");
    if (*ret == RENAME && o->argc != 3)
        return options_bad(o, "rename needs OLD NEW");
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct options o;
    struct store *s = NULL;
    struct err err = {""};
    bool json = false, quiet = false;
    enum what what;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        json |= c == 'j';
        quiet |= c == 'q';
    }
    if (parse(&o, json || quiet, &what) < 0)
        return o.status;
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    store_branches_sweep(s);
    if (what == SHOW)
        status = show(s, json, quiet);
    else if (what == REMOVE)
        status = remove_all(s, o.argc - 1, o.argv + 1);
    else
        status = branch_rename_one(s, o.argv[1], o.argv[2]);
    store_close(s);
    return status;
}

const struct verb verb_branches = {
    .name = "branches",
    .summary = "list, remove and rename branches",
    .synopsis = "[--json] [--quiet]\nrm NAME...\nrename OLD NEW",
    .about =
        "Lists the branches of the store: image, disk usage of the changes, and mount point (mica mount --rw creates\n"
        "and mounts them). A mounted branch is neither removed nor renamed.\n",
    .options = options,
    .examples = "mica branches\n"
                "mica branches --json | jq -r '.[] | select(.mountpoint == null) | .name'\n"
                "mica branches rename calm-maple work\n"
                "mica branches rm work\n",
    .foreign = foreign_list_options,
    .run = run,
};
