/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/catalog_names.h"

#include <stdio.h>
#include <string.h>

#define LATEST ":latest"

/* What engines put around a short name; of two names that a word can mean, the one of the earlier counts. */
static const char *const before[] = {"", "localhost/", "docker.io/library/", "docker.io/"};

#define N_BEFORE (sizeof before / sizeof *before)

static const struct catalog_entry *by_name(const struct catalog *c, const char *name, const char *suffix)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < c->n; i++) {
        const char *other = c->entries[i].name;

        if (other && strncmp(other, name, len) == 0 && strcmp(other + len, suffix) == 0)
            return &c->entries[i];
    }
    return NULL;
}

/* *ret_rank: which of the names that it can mean it is, the first being 0. */
static const struct catalog_entry *find(const struct catalog *c, const char *word, size_t *ret_rank)
{
    for (size_t rank = 0; rank < 2 * N_BEFORE; rank++) {
        char full[512];
        const struct catalog_entry *e;

        if (snprintf(full, sizeof full, "%s%s", before[rank / 2], word) >= (int)sizeof full)
            return NULL;
        e = by_name(c, full, rank % 2 ? LATEST : "");
        if (e) {
            *ret_rank = rank;
            return e;
        }
    }
    return NULL;
}

const struct catalog_entry *catalog_find_short(const struct catalog *c, const char *word)
{
    size_t rank;
    return find(c, word, &rank);
}

const struct catalog_entry *catalog_hidden_by(const struct catalog *c, const char *name)
{
    for (size_t rank = 0; rank < 2 * N_BEFORE; rank++) {
        const char *prefix = before[rank / 2], *end = rank % 2 ? LATEST : "";
        size_t len = strlen(name), skip = strlen(prefix), tail = strlen(end), other;
        char word[512];

        if (len <= skip + tail || strncmp(name, prefix, skip) != 0 || strcmp(name + len - tail, end) != 0)
            continue;
        snprintf(word, sizeof word, "%.*s", (int)(len - skip - tail), name + skip);
        const struct catalog_entry *e = find(c, word, &other);
        if (e && other >= rank)
            return e;
    }
    return NULL;
}
