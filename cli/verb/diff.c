/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "act/branch_changes.h"
#include "act/diff_side.h"
#include "command/options.h"
#include "disk/store.h"
#include "show/differs.h"
#include "show/image_diff.h"
#include "show/image_diff_print.h"
#include "show/json_members.h"
#include "show/json_out.h"
#include "show/size.h"

enum {
    OPTION_STAT = 256,
};

static const struct verb_option options[] = {
    {'l', "long", NULL, "also print type, mode and size"},
    {OPTION_STAT, "stat", NULL, "print only the numbers of files and bytes"},
    {'i', "ignore", "WORD,...", "ignore these: mtime, mode, owner, xattrs, content, target, device, type"},
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

/* Is there an image of this name, and no branch? */
static bool is_image_alone(struct store *s, const char *name)
{
    struct image image = {0};
    struct branch_hold *hold = NULL;
    struct err none = {""};
    bool branch = store_branch_look(s, name, &hold, &none) == 0;
    bool found = !branch && store_find_image(s, name, &image, NULL) == 0;

    if (branch)
        store_branch_release(hold);
    image_free(&image);
    return found;
}

static int diff_branch(const struct cli *cli, const char *name, const struct asked *asked)
{
    struct branch_changes changes;
    struct diff_mount mount = {.branch = NULL};
    struct store *s = NULL;
    struct err err = {""};
    int status;

    if (store_open(cli->store, 0, &s, &err) < 0)
        return cli_fail(&err);
    if (strchr(name, '/') && diff_mount_at(s, name, &mount) == 0 && mount.branch)
        name = mount.branch;
    int r = branch_changes_read(s, name, &changes, &err);
    if (r < 0 && is_image_alone(s, name)) {
        status = cli_failf("%s is an image, not a branch: mica diff A B compares two images", name);
    } else if (r < 0) {
        status = cli_fail(&err);
    } else {
        status = print_branch(&changes, asked);
        branch_changes_free(&changes);
    }
    diff_mount_done(&mount);
    store_close(s);
    return status;
}

static int print_images(const struct image_diff *d, const struct asked *asked)
{
    if (asked->stat)
        return asked->json ? image_diff_print_stat_json(d) : image_diff_print_stat(d);
    return asked->json ? image_diff_print_json(d) : image_diff_print(d, asked->long_lines);
}

static int compare(struct diff_side *a, struct diff_side *b, const struct asked *asked)
{
    struct image_diff d = {0};
    struct err err = {""};
    int r = image_diff_make(&a->study, &b->study, asked->ignored, &d, &err);
    int status = r < 0 ? cli_fail(&err) : cli_output_status(print_images(&d, asked));

    image_diff_free(&d);
    return status;
}

static int diff_images(const struct cli *cli, char *const *words, const struct asked *asked)
{
    struct diff_side a = {0}, b = {0};
    int status = diff_side_open(cli, words[0], &a);

    if (status == STATUS_DONE)
        status = diff_side_open(cli, words[1], &b);
    if (status == STATUS_DONE)
        status = compare(&a, &b, asked);
    diff_side_done(&b);
    diff_side_done(&a);
    return status;
}

/* A branch and its image, as two images. */
static int diff_with_image(const struct cli *cli, const char *branch, const struct asked *asked)
{
    struct diff_side a = {0}, b = {0};
    char image[DIGEST_STRING_MAX];
    int status = diff_side_open(cli, branch, &b);

    if (status == STATUS_DONE && !b.branch)
        status = cli_failf("%s is no branch: --stat and --ignore need A and B, or a branch", branch);
    if (status == STATUS_DONE)
        status = diff_side_open(cli, digest_string(&b.arg.image.manifest_digest, image), &a);
    if (status == STATUS_DONE)
        status = compare(&a, &b, asked);
    diff_side_done(&b);
    diff_side_done(&a);
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
        status = diff_with_image(cli, o.argv[0], &asked);
    } else {
        status = diff_branch(cli, o.argv[0], &asked);
    }
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .summary = "list the changes of a branch, or between two images",
    .synopsis =
        "[--long | --stat] [--ignore WORD,...] [--json] BRANCH\n[--long | --stat] [--ignore WORD,...] [--json] A B",
    .about =
        "Lists the differences between the branch and its image, or between A and B, which are images, IMAGE@N (the\n"
        "image with its first N layers), branches, mount points of these, or SOURCEs: A added, C changed, D deleted,\n"
        "with everything beneath. An image of the store is preferred to a branch of the same name. The branch\n"
        "may be mounted; concurrent changes may be missing from the list. A file that was changed back is not listed; a\n"
        "directory is changed if its own metadata differs, its time included. With two images the attributes that differ\n"
        "are printed, the file from which an added one was moved or copied, and the differences of their configs.\n",
    .options = options,
    .examples = "mica diff work\n"
                "mica diff --long work\n"
                "mica diff --ignore mtime app:1 app:2\n"
                "mica diff app:1@3 app:1\n"
                "mica diff --stat oci:yesterday oci:today\n"
                "mica diff app:2 work\n"
                "mica diff app:1 /mnt\n"
                "mica diff --json work | jq -r '.[] | select(.change == \"added\") | .path'\n",
    .run = run,
};
