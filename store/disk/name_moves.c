/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for names that other images have. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "disk/catalog_names.h"
#include "disk/transaction.h"
#include "image/reference.h"

static const struct catalog_entry *owner_of(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && reference_is_one(c->entries[i].name, name))
            return &c->entries[i];
    return NULL;
}

static const struct tx_name *given(const struct tx_name *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].name && reference_is_one(names[i].name, name))
            return &names[i];
    return NULL;
}

/* Does the image keep a name after `names` are given? */
static bool keeps_a_name(const struct catalog *c, const struct tx_name *names, size_t n,
                         const struct digest *image)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].name && digest_equal(&names[i].manifest.digest, image))
            return true;
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && digest_equal(&c->entries[i].manifest.digest, image) &&
            !given(names, n, c->entries[i].name))
            return true;
    return false;
}

int tx_names_settle(const struct catalog *c, struct tx_name *names, size_t n, struct err *err)
{
    char digest[DIGEST_STRING_MAX];

    for (size_t i = 0; i < n; i++) {
        const struct catalog_entry *e = names[i].name ? catalog_hidden_by(c, names[i].name) : NULL;

        if (e && names[i].taken == TX_NAME_STAYS &&
            !digest_equal(&e->manifest.digest, &names[i].manifest.digest))
            names[i].name = NULL;
    }
    for (size_t i = 0; i < n; i++) {
        const struct catalog_entry *e = names[i].name ? owner_of(c, names[i].name) : NULL;

        if (e && names[i].taken == TX_NAME_ASKS && !keeps_a_name(c, names, n, &e->manifest.digest))
            return err_set(err, ENOTUNIQ,
                           "\"%s\" is the only name of another image, which would be left with its digest "
                           "alone, %.19s",
                           names[i].name, digest_string(&e->manifest.digest, digest));
    }
    return 0;
}
