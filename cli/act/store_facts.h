/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a store, which may be missing or unreadable. */
#ifndef MICA_ACT_STORE_FACTS_H
#define MICA_ACT_STORE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/host_facts.h"
#include "os/err.h"

struct store_facts {
    char *path;       /* NULL: no setting says where the store is */
    struct err error; /* the first error; empty for none */
    bool opened;      /* it is a store, and the following members are set */
    bool writable;
    bool has_images, has_branches, has_mounts; /* the numbers are set */
    size_t images, branches, mounts;
    /* Of the store, or of the directory in which it would be created. */
    char **also; /* read-only stores below */
    size_t n_also;
    char *filesystem; /* file system type, or NULL */
    bool has_space;
    uint64_t free, capacity; /* bytes; free: for this user */
    struct fs_facts fs;
};

/* `path` NULL: the default store. Free *ret in any case. */
void store_facts_find(const char *path, struct store_facts *ret);
void store_facts_free(struct store_facts *f);

#endif
