/* SPDX-License-Identifier: Apache-2.0 */
#include "act/image_arg.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "act/import_run.h"
#include "act/interrupt.h"
#include "os/cleanup.h"

enum {
    MAX_FDS = 64, /* contents that a verb keeps open */
};

void image_arg_done(struct image_arg *a)
{
    image_free(&a->image);
    store_close(a->store);
    *a = (struct image_arg){0};
}

/* Choose the image of an import, which must be the only one. */
static int only_image(const struct import_results *results, const char *word, struct digest *ret,
                      struct err *err)
{
    if (results->n == 1) {
        *ret = results->images[0].manifest;
        return 0;
    }
    if (results->n == 0)
        return err_set(err, ENOENT, "%s holds no image", word);
    const char *name = results->images[0].name;
    return err_set(err, EINVAL, "%s holds %zu images, now imported: name one of them%s%s%s", word, results->n,
                   name ? " (the first is \"" : "", name ? name : "", name ? "\")" : "");
}

static int import_first(const struct cli *cli, struct store *s, const char *word, struct image *ret,
                        struct err *err)
{
    struct import_options options = {.taken = TX_NAME_STAYS};
    struct import_results results = {0};
    struct digest manifest;
    char text[DIGEST_STRING_MAX];

    platform_host(&options.platform);
    import_limits_default(&options.limits);
    int r = import_run(s, word, &options, cli->quiet, &results, err);
    if (r < 0)
        return r;
    r = only_image(&results, word, &manifest, err);
    if (r == 0 && !results.images[0].unchanged && !cli->quiet) {
        const struct import_result *i = &results.images[0];
        cli_notef("imported %s as %s%s%s%s", word, i->name ? i->name : digest_string(&manifest, text),
                  i->stays ? "; not as \"" : "", i->stays ? i->stays : "",
                  i->stays ? "\", for another image's sake" : "");
    }
    import_results_free(&results);
    return r < 0 ? r : store_find_image(s, digest_string(&manifest, text), ret, err);
}

static int find(const struct cli *cli, const char *word, struct image_arg *ret, struct err *err)
{
    bool source = import_is_source(word);

    int r = store_open(cli->store, source ? STORE_CREATE : 0, &ret->store, err);
    if (r < 0)
        return r;
    r = store_find_image(ret->store, word, &ret->image, err);
    if ((r == -ENOENT || r == -EINVAL) && source)
        r = import_first(cli, ret->store, word, &ret->image, err);
    return r;
}

static int status_of(int r, const struct err *err)
{
    if (r == 0)
        return STATUS_DONE;
    if (r == -ECANCELED && interrupt_status()) {
        cli_failf("interrupted; the store is unchanged");
        return interrupt_status();
    }
    return cli_fail(err);
}

int image_arg_find(const struct cli *cli, const char *word, struct image_arg *ret)
{
    struct err err = {""};
    return status_of(find(cli, word, ret, &err), &err);
}

/* Does the image or source exist? For reference_split_path. A tag followed by ":/" is taken for a path in the
 * image. */
static bool exists(const char *word, void *ctx)
{
    struct store *s = ctx;
    struct image image = {0};
    struct source_ref ref = {0};
    struct stat st;
    bool found = s && store_find_image(s, word, &image, NULL) == 0;

    if (found)
        image_free(&image);
    else if (import_is_source(word) && source_ref_parse(word, &ref, NULL) == 0) {
        found =
            ref.path && stat(ref.path, &st) == 0 && !(ref.tag && (*ref.tag == '/' || strstr(ref.tag, ":/")));
        source_ref_free(&ref);
    }
    return found;
}

int image_arg_find_path(const struct cli *cli, const char *word, struct image_arg *ret, const char **ret_path)
{
    struct err err = {""};
    struct store *s = NULL;
    cleanup_free char *name = NULL;

    int r = store_open(cli->store, 0, &s, &err);
    if (r < 0 && r != -ENOENT) /* a source needs no store */
        return cli_fail(&err);
    r = reference_split_path(word, exists, s, &name, ret_path);
    store_close(s);
    if (r == -EINVAL) /* no image has such a name */
        return image_arg_find(cli, word, ret);
    return r < 0 ? cli_failf("%s: %s", word, strerror(-r)) : image_arg_find(cli, name, ret);
}

int image_arg_find_both(const struct cli *cli, const char *word, const char *path, struct image_arg *ret,
                        const char **ret_path)
{
    *ret_path = path;
    if (path)
        return image_arg_find(cli, word, ret);
    return strstr(word, ":/") ? image_arg_find_path(cli, word, ret, ret_path) : -1;
}

int image_arg_tree(const struct image_arg *a, struct tree **ret)
{
    struct err err = {""};
    int r = store_open_tree(a->store, &a->image.chain_id, MAX_FDS, ret, &err);
    return r < 0 ? cli_fail(&err) : STATUS_DONE;
}
