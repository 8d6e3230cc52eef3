/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/rename_image.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "disk/catalog_file.h"
#include "disk/staging.h"
#include "os/cleanup.h"

static bool has_name(const struct catalog *c, const char *name, const struct digest *manifest)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && strcmp(c->entries[i].name, name) == 0 &&
            digest_equal(&c->entries[i].manifest.digest, manifest))
            return true;
    return false;
}

static int check(struct store *s, const char *old, struct tx_name *name, struct err *err)
{
    struct catalog c;
    int r = store_catalog(s, &c, err);

    if (r < 0)
        return r;
    r = has_name(&c, old, &name->manifest.digest)
            ? tx_names_settle(&c, name, 1, err)
            : err_set(err, ENOENT, "the image lost its name \"%s\" meanwhile", old);
    catalog_free(&c);
    return r;
}

static int edit(struct store *s, const char *old, const struct tx_name *name, char **ret, size_t *ret_len,
                struct err *err)
{
    const struct catalog_drop drop = {.name = old, .manifest = name->manifest.digest, .stays = true};
    cleanup_free char *text = NULL, *without_old = NULL;
    size_t len;
    int r = catalog_read(s, &text, &len, err);

    if (r == 0)
        r = catalog_drop(text, len, &drop, 1, &without_old, &len, err);
    return r == 0 ? catalog_edit(without_old, len, name, 1, ret, ret_len, err) : r;
}

static int change(struct store *s, int staging_fd, const char *old, struct tx_name *name, struct err *err)
{
    cleanup_fd int lock = store_lock(s, LOCK_EX, err);
    cleanup_free char *text = NULL;
    size_t len;
    int r = lock < 0 ? lock : check(s, old, name, err);

    if (r == 0)
        r = edit(s, old, name, &text, &len, err);
    if (r == 0)
        r = catalog_stage(s, staging_fd, text, len, err);
    return r == 0 ? catalog_show(s, staging_fd, err) : r;
}

int store_rename_image(struct store *s, const char *old, const struct tx_name *name, struct err *err)
{
    struct tx_name settled = *name;
    struct staging staging;
    int r;

    if (strcmp(old, name->name) == 0)
        return 0;
    r = staging_create(s, &staging);
    if (r < 0)
        return err_errno(err, -r, "cannot write to the store %s", s->path);
    r = change(s, staging.fd, old, &settled, err);
    staging_remove(&staging);
    return r;
}
