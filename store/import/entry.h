/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a tar archive as the record of a layer. All values are checked against the limits of Linux. */
#ifndef MICA_IMPORT_ENTRY_H
#define MICA_IMPORT_ENTRY_H

#include <archive_entry.h>

#include "indexing/layer_builder.h"
#include "os/buf.h"
#include "os/err.h"

struct entry {
    const char *path;
    const char *link; /* a hard link's target (`meta` is then unused), or NULL */
    struct layer_entry meta;
    uint64_t memory; /* bytes of text and attributes that the layer's index stores */
    /* private: memory reused for the next entry */
    struct index_xattr *xattrs;
    size_t xattrs_cap;
    struct buf acl_access, acl_default;
};

#define ENTRY_INIT                                                                                           \
    {                                                                                                        \
        .acl_access = BUF_INIT, .acl_default = BUF_INIT                                                      \
    }

/* Fills `e` from `a`, which it borrows from. -EBADMSG for an invalid entry, with a line that names it. */
int entry_from_archive(struct entry *e, struct archive_entry *a, struct err *err);
void entry_free(struct entry *e);

#endif
