/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a layer's `places` (store/FORMAT.md). */
#ifndef MICA_INDEXING_PLACES_WRITER_H
#define MICA_INDEXING_PLACES_WRITER_H

#include <stddef.h>

#include "tree/places.h"

/* Writes the table to `fd`, from offset 0. `places` are in ascending order of `from`. -EINVAL for an entry that no
 * reader would accept. */
int places_write(int fd, const struct place *places, size_t n);

#endif
