/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs that are left over (store/FORMAT.md): a removed layer's pack stays while other layers have hard links to it,
 * with bytes that nobody needs any more. Finds those packs, and the bytes that are needed.
 */
#ifndef MICA_COLLECT_ORPHANS_H
#define MICA_COLLECT_ORPHANS_H

#include <sys/types.h>

#include "collect/collect.h"

#define ORPHAN_PAGE 4096u

/* A run of needed pages: bytes `from` .. `to` - 1 of the pack. */
struct needed_range {
    uint64_t from, to;
};

/* packs/`pack` of a layer. */
struct orphan_link {
    struct digest layer;
    uint32_t pack;
};

struct orphan {
    dev_t dev;
    ino_t ino;
    uint64_t size, disk_size;
    struct orphan_link *links;
    size_t n_links;
    struct needed_range *needed; /* ascending, apart */
    size_t n_needed;
    uint64_t kept, wasted; /* bytes of the needed pages; bytes on disk that can be freed */
    bool pays;             /* an eighth or more of it is wasted */
};

struct orphans {
    struct orphan *all;
    size_t n;
    uint64_t kept, wasted; /* of all: needed bytes, and what can be freed in those that pay */
};

/* Finds the packs that are left over in the store's layers, once the layers `removed` are gone. Layers that cannot be read keep their packs as they are. -ENOMEM. Free *ret in any case. */
int orphans_find(struct store *s, const struct collect_object *removed, size_t n_removed,
                 struct orphans *ret);
void orphans_free(struct orphans *o);

/* Lists the pages with contents of packs/`pack` of a layer whose directory is open: appends to *ranges, `n` of them.
 * Negative errno if its table is damaged. */
int orphans_needed(int layer, uint32_t pack, struct needed_range **ranges, size_t *n);
/* Sorts ranges and merges those that meet. Returns their number. Pure. */
size_t orphans_merge(struct needed_range *ranges, size_t n);
/* Do the merged ranges cover this one? Pure. */
bool orphans_cover(const struct needed_range *ranges, size_t n, const struct needed_range *r);

#endif
