/* SPDX-License-Identifier: Apache-2.0 */
/* The header of one entry: 512 bytes of ustar, and in front of it a header with records where it needs them.
 */
#ifndef MICA_TAR_PAX_HEADER_H
#define MICA_TAR_PAX_HEADER_H

#include "os/buf.h"
#include "tar/pax_writer.h"

#define TAR_BLOCK 512u

/* Appends the headers of an entry whose body has `body` bytes. `sparse`: the body begins with a map, and the
 * file has e->size bytes. -EINVAL for what tar does not know, -ENOMEM. */
int pax_header(const struct pax_entry *e, uint64_t body, int sparse, struct buf *ret);

#endif
