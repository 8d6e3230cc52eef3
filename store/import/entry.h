/* SPDX-License-Identifier: Apache-2.0 */
/* What one entry of a tar archive says, as the record of a layer. Everything in it is checked against what
 * Linux can have. */
#ifndef MICA_IMPORT_ENTRY_H
#define MICA_IMPORT_ENTRY_H

#include <archive_entry.h>

#include "indexing/layer_builder.h"
#include "os/buf.h"
#include "os/err.h"

struct entry {
    const char *path;
    const char *link; /* a hard link's target; nothing in `meta` counts then. Else NULL */
    struct layer_entry meta;
    uint64_t memory; /* bytes of text and attributes, which the layer's index keeps */
    /* private: memory that is used again for the next entry */
    struct index_xattr *xattrs;
    size_t xattrs_cap;
    struct buf acl_access, acl_default;
};

#define ENTRY_INIT                                                                                           \
    {                                                                                                        \
        .acl_access = BUF_INIT, .acl_default = BUF_INIT                                                      \
    }

/* Fills `e` from `a`, from which it borrows. -EBADMSG for what no image should have, with a line that names
 * the entry. */
int entry_from_archive(struct entry *e, struct archive_entry *a, struct err *err);
void entry_free(struct entry *e);

#endif
