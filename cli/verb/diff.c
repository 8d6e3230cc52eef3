/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "act/branch_changes.h"
#include "act/image_arg.h"
#include "command/options.h"
#include "disk/store.h"
#include "show/differs.h"
#include "show/image_diff.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"

enum {
    OPTION_STAT = 256,
};

static const struct verb_option options[] = {
    {'l', "long", NULL, "also print type, mode and size"},
    {OPTION_STAT, "stat", NULL, "with A and B: print only the numbers of files and bytes"},
    {'i', "ignore", "WORD,...",
     "with A and B: ignore these: mtime, mode, owner, xattrs, content, target, device, type"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

struct asked {
    bool long_lines, json, stat;
    unsigned ignored;
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

static int print_branch(const struct branch_changes *c, const struct asked *asked)
{
    struct json_list l = JSON_LIST_INIT;
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->n; i++)
        r = asked->json ? add_json(&l, &c->list[i]) : branch_change_print(&c->list[i], asked->long_lines);
    if (r == 0 && asked->json)
        r = json_list_end(&l);
    return cli_output_status(r);
}

static int diff_branch(const struct cli *cli, const char *name, const struct asked *asked)
{
    struct branch_changes changes;
    struct store *s = NULL;
    struct err err = {""};
    int status;

    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    if (branch_changes_read(s, name, &changes, &err) < 0) {
        status = cli_fail(&err);
    } else {
        status = print_branch(&changes, asked);
        branch_changes_free(&changes);
    }
    store_close(s);
    return status;
}

/* IMAGE@N: the image with only its first N layers. *ret_layers is UINT32_MAX for all. */
static int find_state(const struct cli *cli, const char *word, struct image_arg *ret, uint32_t *ret_layers)
{
    const char *at = strrchr(word, '@');
    cleanup_free char *name = NULL;
    uint64_t n = 0;

    *ret_layers = UINT32_MAX;
    if (!at || number_parse(at + 1, &n) < 0)
        return image_arg_find(cli, word, ret);
    name = strndup(word, (size_t)(at - word));
    if (!name)
        return cli_output_status(-ENOMEM);
    int status = image_arg_find(cli, name, ret);
    if (status == STATUS_DONE && n > ret->image.config.n_diff_ids)
        status = cli_failf("%s has %zu layers, not %s", name, ret->image.config.n_diff_ids, at + 1);
    *ret_layers = (uint32_t)n;
    return status;
}

static int print_images(const struct image_diff *d, const struct asked *asked)
{
    if (asked->stat)
        return asked->json ? image_diff_print_stat_json(d) : image_diff_print_stat(d);
    return asked->json ? image_diff_print_json(d) : image_diff_print(d, asked->long_lines);
}

static int diff_images(const struct cli *cli, char *const *words, const struct asked *asked)
{
    cleanup_image_arg struct image_arg a = {0};
    cleanup_image_arg struct image_arg b = {0};
    cleanup_image_study struct image_study sa = {0};
    cleanup_image_study struct image_study sb = {0};
    struct image_diff d = {0};
    struct err err = {""};
    uint32_t na, nb;
    int status = find_state(cli, words[0], &a, &na);

    if (status == STATUS_DONE)
        status = find_state(cli, words[1], &b, &nb);
    if (status != STATUS_DONE)
        return status;
    int r = image_study_open(a.store, &a.image, na, &sa, &err);
    if (r == 0)
        r = image_study_open(b.store, &b.image, nb, &sb, &err);
    if (r == 0)
        r = image_diff_make(&sa, &sb, asked->ignored, &d, &err);
    status = r < 0 ? cli_fail(&err) : cli_output_status(print_images(&d, asked));
    image_diff_free(&d);
    return status;
}

static int read_ignored(struct options *o, unsigned *ret)
{
    for (const char *word = o->value; *word;) {
        size_t len = strcspn(word, ",");
        unsigned one = differs_of(word, len);

        if (!one)
            return options_bad(
                o, "--ignore: \"%.*s\" is none of mtime, mode, owner, xattrs, content, target, device, type",
                (int)(len < 100 ? len : 100), word);
        *ret |= one;
        word += len + (word[len] == ',');
    }
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct asked asked = {0};
    struct options o;
    int status;

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        asked.long_lines |= c == 'l';
        asked.json |= c == 'j';
        asked.stat |= c == OPTION_STAT;
        if (c == 'i')
            read_ignored(&o, &asked.ignored);
    }
    if (options_operands(&o, 1, 2, "BRANCH, or A B") < 0)
        return o.status;
    if (o.argc == 2) {
        status = diff_images(cli, o.argv, &asked);
    } else if (asked.stat || asked.ignored) {
        options_bad(&o, "--stat and --ignore are for two images");
        status = o.status;
    } else {
        status = diff_branch(cli, o.argv[0], &asked);
    }
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "list the changes of a branch, or between two images",
    .synopsis = "[--long] [--json] BRANCH\n[--long | --stat] [--ignore WORD,...] [--json] A B",
    .about =
        "Lists the differences between the branch and its image, or between A and B, which are images, SOURCEs or\n"
        "IMAGE@N, the image with its first N layers: A added, C changed, D deleted, with everything beneath. The branch\n"
        "may be mounted; concurrent changes may be missing from the list. A file that was changed back is not listed; a\n"
        "directory is changed if its own metadata differs, its time included. With two images the attributes that differ\n"
        "are printed, the file from which an added one was moved or copied, and the differences of their configs.\n",
    .options = options,
    .examples = "mica diff work\n"
                "mica diff --long work\n"
                "mica diff --ignore mtime app:1 app:2\n"
                "mica diff app:1@3 app:1\n"
                "mica diff --stat oci:yesterday oci:today\n"
                "mica diff --json work | jq -r '.[] | select(.change == \"added\") | .path'\n",
    .run = run,
};
