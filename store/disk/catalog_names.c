/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/catalog_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "image/reference.h"

#define LATEST ":latest"

/* The prefixes that engines add to a short name; of two names that a word can mean, the one with the
 * earlier prefix counts. */
static const char *const before[] = {"", "localhost/", "docker.io/library/", "docker.io/"};

#define N_BEFORE (sizeof before / sizeof *before)

/* A word is looked up as it is, with ":latest" added, and with ":latest" removed. */
enum ending { AS_IT_IS, WITH_LATEST, WITHOUT_LATEST, N_ENDINGS };

#define N_RANKS (N_BEFORE * N_ENDINGS)

/* Gets the full name of the word at this rank, the first being 0; false if there is none. */
static bool name_at(const char *word, size_t rank, char *buf, size_t size)
{
    size_t len = strlen(word), tail = strlen(LATEST);
    int n;

    switch ((enum ending)(rank % N_ENDINGS)) {
    case WITH_LATEST:
        n = snprintf(buf, size, "%s%s" LATEST, before[rank / N_ENDINGS], word);
        break;
    case WITHOUT_LATEST:
        if (len <= tail || strcmp(word + len - tail, LATEST) != 0)
            return false;
        n = snprintf(buf, size, "%s%.*s", before[rank / N_ENDINGS], (int)(len - tail), word);
        break;
    default:
        n = snprintf(buf, size, "%s%s", before[rank / N_ENDINGS], word);
        break;
    }
    return n < (int)size;
}

static const struct catalog_entry *by_name(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && strcmp(c->entries[i].name, name) == 0)
            return &c->entries[i];
    return NULL;
}

/* Finds a name that docker would read as the same, in any of its forms. */
static const struct catalog_entry *by_meaning(const struct catalog *c, const char *word)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && reference_is_same(c->entries[i].name, word))
            return &c->entries[i];
    return NULL;
}

/* Finds the entry of a word; *ret_rank is the rank of its name. */
static const struct catalog_entry *find(const struct catalog *c, const char *word, size_t *ret_rank)
{
    char full[512];

    for (*ret_rank = 0; *ret_rank < N_RANKS; ++*ret_rank) {
        const struct catalog_entry *e = name_at(word, *ret_rank, full, sizeof full) ? by_name(c, full) : NULL;

        if (e)
            return e;
    }
    return strchr(word, '@') || reference_check(word, NULL) < 0 ? NULL : by_meaning(c, word);
}

const struct catalog_entry *catalog_find_short(const struct catalog *c, const char *word)
{
    size_t rank;
    return find(c, word, &rank);
}

/* Gets the word that means `name` at this rank; the reverse of name_at. */
static bool word_at(const char *name, size_t rank, char *buf, size_t size)
{
    const char *prefix = before[rank / N_ENDINGS];
    size_t len = strlen(name), skip = strlen(prefix), tail = strlen(LATEST);
    enum ending ending = (enum ending)(rank % N_ENDINGS);

    if (len <= skip || strncmp(name, prefix, skip) != 0)
        return false;
    if (ending == WITH_LATEST && (len <= skip + tail || strcmp(name + len - tail, LATEST) != 0))
        return false;
    return snprintf(buf, size, "%.*s%s", (int)(len - skip - (ending == WITH_LATEST ? tail : 0)), name + skip,
                    ending == WITHOUT_LATEST ? LATEST : "") < (int)size;
}

const struct catalog_entry *catalog_hidden_by(const struct catalog *c, const char *name)
{
    for (size_t rank = 0; rank < N_RANKS; rank++) {
        char word[512];
        size_t other;
        const struct catalog_entry *e = word_at(name, rank, word, sizeof word) ? find(c, word, &other) : NULL;

        if (e && other >= rank)
            return e;
    }
    return by_meaning(c, name);
}
