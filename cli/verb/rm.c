/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/collected.h"
#include "act/interrupt.h"
#include "command/options.h"
#include "disk/catalog_names.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/text.h"

static const struct verb_option options[] = {
    {'f', "force", NULL, "also remove names of images in use, and all names of a digest"},
    {'q', "quiet", NULL, "print nothing"},
    {'j', "json", NULL, "print JSON"},
    {0, NULL, NULL, NULL},
};

struct removal {
    struct store *s;
    bool force, quiet, json;
    struct catalog catalog;
    struct branch_list branches;
    struct lease_list leases;
    struct catalog_drop *drops; /* space for all entries of the catalog */
    size_t n_drops;
};

/* ---- the entries to remove */

static bool is_dropped(const struct removal *m, const struct catalog_entry *e)
{
    for (size_t i = 0; i < m->n_drops; i++)
        if (digest_equal(&m->drops[i].manifest, &e->manifest.digest) && !m->drops[i].name == !e->name &&
            (!e->name || strcmp(m->drops[i].name, e->name) == 0))
            return true;
    return false;
}

static void drop(struct removal *m, const struct catalog_entry *e)
{
    if (!is_dropped(m, e))
        m->drops[m->n_drops++] = (struct catalog_drop){.name = e->name, .manifest = e->manifest.digest};
}

/* Does the image keep an entry after removing `drops` and `e`? */
static bool stays(const struct removal *m, const struct catalog_entry *e, bool all_names)
{
    for (size_t i = 0; i < m->catalog.n; i++) {
        const struct catalog_entry *other = &m->catalog.entries[i];

        if (other != e && !all_names && digest_equal(&other->manifest.digest, &e->manifest.digest) &&
            !is_dropped(m, other))
            return true;
    }
    return false;
}

/* Lists the users of the image as a text; empty: none. */
static int holders(const struct removal *m, const struct digest *manifest, struct buf *ret)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < m->branches.n; i++)
        if (!m->branches.branches[i].fault && digest_equal(&m->branches.branches[i].info.manifest, manifest))
            r = buf_printf(ret, "%sbranch %s", ret->len ? ", " : "", m->branches.branches[i].name);
    for (size_t i = 0; r == 0 && i < m->leases.n; i++)
        if (!m->leases.leases[i].branch && digest_equal(&m->leases.leases[i].manifest, manifest))
            r = buf_printf(ret, "%sthe mount at %s", ret->len ? ", " : "", m->leases.leases[i].mountpoint);
    return r;
}

static int check_held(const struct removal *m, const struct catalog_entry *e, const char *word,
                      bool all_names)
{
    cleanup_buf struct buf text = BUF_INIT;

    if (m->force || stays(m, e, all_names))
        return STATUS_DONE;
    if (holders(m, &e->manifest.digest, &text) < 0)
        return cli_failf("out of memory");
    if (text.len == 0)
        return STATUS_DONE;
    return cli_failf("%s is in use: %s; --force removes the name, and the image stays until it is unused",
                     word, buf_str(&text));
}

static int check_names(const struct removal *m, const struct digest *manifest, const char *word)
{
    cleanup_buf struct buf text = BUF_INIT;
    size_t n = 0;

    for (size_t i = 0; i < m->catalog.n; i++) {
        const struct catalog_entry *e = &m->catalog.entries[i];

        if (!e->name || !digest_equal(&e->manifest.digest, manifest))
            continue;
        if (buf_printf(&text, "%s%s", n++ ? ", " : "", e->name) < 0)
            return cli_failf("out of memory");
    }
    if (n < 2 || m->force)
        return STATUS_DONE;
    return cli_failf("image %s has several names: %s; remove them by name, or all with --force", word,
                     buf_str(&text));
}

static int drop_digest(struct removal *m, const struct catalog_entry *first, const char *word)
{
    int status = check_names(m, &first->manifest.digest, word);

    if (status == STATUS_DONE)
        status = check_held(m, first, word, true);
    for (size_t i = 0; status == STATUS_DONE && i < m->catalog.n; i++)
        if (digest_equal(&m->catalog.entries[i].manifest.digest, &first->manifest.digest))
            drop(m, &m->catalog.entries[i]);
    return status;
}

static const struct catalog_entry *entry_of(const struct removal *m, const struct digest *manifest)
{
    for (size_t i = 0; i < m->catalog.n; i++)
        if (digest_equal(&m->catalog.entries[i].manifest.digest, manifest))
            return &m->catalog.entries[i];
    return NULL;
}

/* The word may be a name and the beginning of another image's digest, which goes first as in all verbs. */
static bool is_hidden_name(const struct removal *m, const struct catalog_entry *e, const char *word)
{
    struct image image = {.name = NULL};
    bool is_hidden = store_is_plain_digest(word) && store_find_own_image(m->s, word, &image, NULL) == 0 &&
                     !digest_equal(&image.manifest_digest, &e->manifest.digest);

    image_free(&image);
    return is_hidden;
}

static int drop_name(struct removal *m, const struct catalog_entry *e, const char *word)
{
    struct err err = {""};
    int status;

    if (store_check_pin(word, e, &err) < 0)
        return cli_fail(&err);
    status = check_held(m, e, word, false);
    if (status == STATUS_DONE)
        drop(m, e);
    return status;
}

/* Finds it by its name, also if manifest or config are damaged; otherwise by its digest. */
static int drop_word(struct removal *m, const char *word)
{
    const struct catalog_entry *e = catalog_find_short(&m->catalog, word);
    struct image image = {.name = NULL};
    struct err err = {""};
    struct digest whole;

    if (e && !is_hidden_name(m, e, word))
        return drop_name(m, e, word);
    if (digest_parse_str(word, &whole) == 0 && (e = entry_of(m, &whole)))
        return drop_digest(m, e, word);
    if (store_find_own_image(m->s, word, &image, &err) < 0)
        return cli_fail(&err);
    e = entry_of(m, &image.manifest_digest);
    image_free(&image);
    return e ? drop_digest(m, e, word) : cli_failf("image %s was removed meanwhile", word);
}

/* ---- removing */

static void print_drops(const struct removal *m)
{
    char text[DIGEST_STRING_MAX];

    for (size_t i = 0; i < m->n_drops; i++) {
        const char *name = m->drops[i].name ? m->drops[i].name : digest_string(&m->drops[i].manifest, text);

        fputs("removed ", stdout);
        text_put(stdout, name, strlen(name), 0);
        putchar('\n');
    }
}

static int print_json(const struct removal *m, const struct collect_result *result)
{
    cleanup_free struct collected_extra *extra = calloc(m->n_drops, sizeof *extra);

    if (!extra)
        return cli_failf("out of memory");
    for (size_t i = 0; i < m->n_drops; i++)
        extra[i] = (struct collected_extra){
            .object = "name", .name = m->drops[i].name, .digest = &m->drops[i].manifest};
    return collected_print_json(result, extra, m->n_drops);
}

static int remove_images(const struct removal *m)
{
    const struct collect_options opt = {.drops = m->drops, .n_drops = m->n_drops};
    struct collect_result result;
    struct err err = {""};
    int status = STATUS_DONE;

    if (m->n_drops == 0)
        return STATUS_DONE;
    interrupt_catch();
    if (store_collect(m->s, &opt, &result, &err) < 0)
        return cli_fail(&err);
    if (result.postponed)
        result.n = 0, result.disk_size = 0;
    if (m->json) {
        status = print_json(m, &result);
    } else if (!m->quiet) {
        print_drops(m);
        collected_print(&result, NULL, 0, false, true);
    }
    if (result.postponed)
        cli_notef("another mica writes to the store: mica gc frees the room once that has ended");
    collect_result_free(&result);
    return status;
}

static int remove_all(struct removal *m, int n, char **words)
{
    int status = STATUS_DONE;

    m->drops = calloc(m->catalog.n + 1, sizeof *m->drops);
    if (!m->drops)
        return cli_failf("out of memory");
    for (int i = 0; i < n; i++)
        if (drop_word(m, words[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    return remove_images(m) == STATUS_DONE ? status : STATUS_FAILED;
}

static int work(struct removal *m, int n, char **words)
{
    struct err err = {""};
    int status;

    if (store_catalog(m->s, &m->catalog, &err) < 0)
        return cli_fail(&err);
    store_branches_sweep(m->s);
    if (store_branches(m->s, &m->branches, &err) < 0 || store_leases(m->s, &m->leases, &err) < 0)
        status = cli_fail(&err);
    else
        status = remove_all(m, n, words);
    free(m->drops);
    lease_list_free(&m->leases);
    branch_list_free(&m->branches);
    catalog_free(&m->catalog);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct removal m = {.s = NULL};
    struct options o;
    struct err err = {""};

    options_init(&o, cli, argc, argv);
    for (int c; (c = options_next(&o)) > 0;) {
        m.force |= c == 'f';
        m.quiet |= c == 'q';
        m.json |= c == 'j';
    }
    if (options_operands(&o, 1, -1, "IMAGE...") < 0)
        return o.status;
    if (store_open(cli->store, 0, &m.s, &err) < 0)
        return cli_fail(&err);
    int status = work(&m, o.argc, o.argv);
    store_close(m.s);
    return status;
}

static const struct foreign_option elsewhere[] = {
    {"-a --all", "mica images -q | xargs mica rm removes all"},
    {"-i --ignore", "a missing image is an error"},
    {"--no-prune", "unused objects are removed at once; mica export saves an image"},
    {NULL, NULL},
};

const struct verb verb_rm = {
    .name = "rm",
    .alias = "rmi",
    .summary = "remove images",
    .synopsis = "[--force] [--quiet | --json] IMAGE...",
    .about =
        "Removes names, and with the last name of an image its objects, except those that others share. An image that is\n"
        "mounted or has a branch keeps its last name; with --force the name is removed, and the image stays without one\n"
        "until mica gc finds it unused. A digest stands for the whole image; if it has several names, --force is needed.\n",
    .options = options,
    .examples = "mica rm app:old\n"
                "mica rm --force 4f53cda18c2b\n"
                "mica images --quiet | grep ^nightly: | xargs mica rm\n",
    .foreign = elsewhere,
    .run = run,
};
