/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: index.json read into a sorted list. */
#include "disk/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "disk/catalog_file.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"

int catalog_read(struct store *s, char **ret, size_t *ret_len, struct err *err)
{
    int r = beneath_slurp(s->fd, "index.json", MANIFEST_MAX_BYTES, ret, ret_len);

    return r < 0 ? err_errno(err, -r, "cannot read %s/index.json", s->path) : 0;
}

static int compare_entries(const void *pa, const void *pb)
{
    const struct catalog_entry *a = pa, *b = pb;
    char hex_a[DIGEST_STRING_MAX], hex_b[DIGEST_STRING_MAX];
    int c;

    if (!a->name != !b->name)
        return a->name ? -1 : 1;
    c = a->name ? strcmp(a->name, b->name) : 0;
    return c ? c
             : strcmp(digest_string(&a->manifest.digest, hex_a), digest_string(&b->manifest.digest, hex_b));
}

void catalog_free(struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->entries[i].name);
        descriptor_clear(&c->entries[i].manifest);
    }
    free(c->entries);
    *c = (struct catalog){NULL, 0};
}

/* Moves the parsed descriptors into entries. */
static int take_entries(struct index_json *index, struct catalog *ret)
{
    struct catalog c = {calloc(index->n + 1, sizeof(*c.entries)), 0};

    if (!c.entries)
        return -ENOMEM;
    for (size_t i = 0; i < index->n; i++) {
        struct catalog_entry *e = &c.entries[c.n++];

        e->manifest = index->manifests[i];
        index->manifests[i] = (struct descriptor){.media_type = NULL};
        if (!e->manifest.ref_name)
            continue;
        e->name = strdup(e->manifest.ref_name);
        if (!e->name) {
            catalog_free(&c);
            return -ENOMEM;
        }
    }
    qsort(c.entries, c.n, sizeof(*c.entries), compare_entries);
    *ret = c;
    return 0;
}

int store_catalog(struct store *s, struct catalog *ret, struct err *err)
{
    cleanup_free char *json = NULL;
    struct index_json index;
    size_t len;
    int r = catalog_read(s, &json, &len, err);

    if (r < 0)
        return r;
    r = index_json_parse(json, len, &index, err);
    if (r < 0)
        return err_prefix(err, r, "%s/index.json", s->path);
    r = take_entries(&index, ret);
    index_json_free(&index);
    for (size_t i = 0; r == 0 && i < ret->n; i++)
        ret->entries[i].store = s->path;
    return r < 0 ? err_errno(err, -r, "cannot read %s/index.json", s->path) : 0;
}

/* Does an earlier store's entry hide this one? */
static bool is_hidden(const struct catalog *c, const struct catalog_entry *e)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct catalog_entry *other = &c->entries[i];

        if (e->name ? other->name && strcmp(other->name, e->name) == 0
                    : digest_equal(&other->manifest.digest, &e->manifest.digest))
            return true;
    }
    return false;
}

/* Moves the entries that are not hidden. */
static int add_entries(struct catalog *to, struct catalog *from)
{
    struct catalog_entry *more = reallocarray(to->entries, to->n + from->n + 1, sizeof(*more));

    if (!more)
        return -ENOMEM;
    to->entries = more;
    for (size_t i = 0; i < from->n; i++) {
        if (is_hidden(to, &from->entries[i]))
            continue;
        more[to->n++] = from->entries[i];
        from->entries[i] = (struct catalog_entry){.name = NULL};
    }
    return 0;
}

int store_catalog_all(struct store *s, struct catalog *ret, struct err *err)
{
    struct catalog all = {NULL, 0};
    int r = store_catalog(s, &all, err);

    for (size_t i = 0; r == 0 && i < s->n_also; i++) {
        struct catalog one = {NULL, 0};

        r = store_catalog(s->also[i], &one, err);
        if (r == 0 && add_entries(&all, &one) < 0)
            r = err_errno(err, ENOMEM, "cannot list the images");
        catalog_free(&one);
    }
    if (r < 0) {
        catalog_free(&all);
        return r;
    }
    if (all.n)
        qsort(all.entries, all.n, sizeof(*all.entries), compare_entries);
    *ret = all;
    return 0;
}
