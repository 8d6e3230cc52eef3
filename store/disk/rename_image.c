/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/rename_image.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "disk/catalog_edit.h"
#include "disk/catalog_file.h"
#include "disk/catalog_write.h"
#include "disk/staging.h"
#include "os/cleanup.h"

/* A change of one image's names: removes `old` (or NULL), adds `names`. */
struct change {
    const char *old;
    struct tx_name *names;
    size_t n;
};

static bool is_listed(const struct catalog *c, const char *name, const struct digest *manifest)
{
    for (size_t i = 0; i < c->n; i++)
        if (digest_equal(&c->entries[i].manifest.digest, manifest) &&
            (!name || (c->entries[i].name && strcmp(c->entries[i].name, name) == 0)))
            return true;
    return false;
}

/* Checks the image under the lock: a listed image has all its objects. */
static int check(struct store *s, const struct change *c, struct err *err)
{
    struct catalog catalog;
    int r = store_catalog(s, &catalog, err);

    if (r < 0)
        return r;
    if (is_listed(&catalog, c->old, &c->names[0].manifest.digest))
        r = tx_names_settle(&catalog, c->names, c->n, err);
    else if (c->old)
        r = err_set(err, ENOENT, "the image lost its name \"%s\" meanwhile", c->old);
    else
        r = err_set(err, ENOENT, "the image was removed meanwhile");
    catalog_free(&catalog);
    return r;
}

static int edit(struct store *s, const struct change *c, char **ret, size_t *ret_len, bool *ret_changed,
                struct err *err)
{
    cleanup_free char *text = NULL;
    size_t old_len = 0;
    int r = catalog_read(s, &text, &old_len, err);

    if (r == 0)
        r = c->old ? catalog_rename(text, old_len, c->old, c->names, ret, ret_len, err)
                   : catalog_edit(text, old_len, c->names, c->n, ret, ret_len, err);
    *ret_changed = r == 0 && (*ret_len != old_len || memcmp(*ret, text, old_len) != 0);
    return r;
}

static int change(struct store *s, int staging_fd, const struct change *c, struct err *err)
{
    cleanup_fd int lock = store_lock(s, LOCK_EX, err);
    cleanup_free char *text = NULL;
    bool changed = false;
    size_t len;
    int r = lock < 0 ? lock : check(s, c, err);

    if (r == 0)
        r = edit(s, c, &text, &len, &changed, err);
    if (r == 0 && changed)
        r = catalog_stage(s, staging_fd, text, len, err);
    return r == 0 && changed ? catalog_show(s, staging_fd, err) : r;
}

static int change_names(struct store *s, const char *old, const struct tx_name *names, size_t n,
                        struct err *err)
{
    cleanup_free struct tx_name *settled = calloc(n, sizeof *settled);
    const struct change c = {old, settled, n};
    struct staging staging;
    int r;

    if (!settled)
        return err_errno(err, ENOMEM, "cannot change the catalog");
    memcpy(settled, names, n * sizeof *settled);
    r = staging_create(s, &staging);
    if (r < 0)
        return err_errno(err, -r, "cannot write to the store %s", s->path);
    r = change(s, staging.fd, &c, err);
    staging_remove(&staging);
    return r;
}

int store_rename_image(struct store *s, const char *old, const struct tx_name *name, struct err *err)
{
    return strcmp(old, name->name) == 0 ? 0 : change_names(s, old, name, 1, err);
}

int store_name_image(struct store *s, const struct tx_name *names, size_t n, struct err *err)
{
    return change_names(s, NULL, names, n, err);
}
