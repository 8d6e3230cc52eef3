/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <unistd.h>

#include "act/branch_changes.h"
#include "command/options.h"
#include "disk/store.h"
#include "show/json_members.h"
#include "show/json_out.h"

static const struct verb_option options[] = {
    {'l', "long", NULL, "type, mode and size, too"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

static int add_json(struct json_list *l, const struct branch_change *c)
{
    const char *kind = c->kind == 'A' ? "added" : c->kind == 'C' ? "changed" : "deleted";
    json_t *o = json_object();

    if (!o || json_set_str(o, "change", kind) < 0 || json_set_str(o, "path", c->path) < 0 ||
        json_set_kind(o, c->mode, c->size) < 0) {
        json_decref(o);
        return json_list_add(l, NULL);
    }
    return json_list_add(l, o);
}

static int print(const struct branch_changes *c, bool long_lines, bool json)
{
    struct json_list l = JSON_LIST_INIT;
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->n; i++)
        r = json ? add_json(&l, &c->list[i]) : branch_change_print(&c->list[i], long_lines);
    if (r == 0 && json)
        r = json_list_end(&l);
    return cli_output_status(r);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct branch_changes changes;
    struct store *s = NULL;
    struct err err = {""};
    struct options o;
    bool long_lines = false, json = false;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        long_lines |= c == 'l';
        json |= c == 'j';
    }
    if (options_operands(&o, 1, 1, "BRANCH") < 0)
        return o.status;
    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    if (branch_changes_read(s, o.argv[0], &changes, &err) < 0) {
        status = cli_fail(&err);
    } else {
        status = print(&changes, long_lines, json);
        branch_changes_free(&changes);
    }
    store_close(s);
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "what a branch changed",
    .synopsis = "[--long] [--json] BRANCH",
    .about =
        "Lists what differs between the branch and its image: A for what was added, C for what was changed,\n"
        "D for what was deleted, with everything in it. The branch may be mounted; what changes while the\n"
        "list is made may be missing. A file that is again what it was is no change, and a directory is one\n"
        "where it itself differs, by its time too.\n",
    .options = options,
    .examples = "mica diff work\n"
                "mica diff --long work\n"
                "mica diff --json work | jq -r '.[] | select(.change == \"added\") | .path'\n",
    .run = run,
};
