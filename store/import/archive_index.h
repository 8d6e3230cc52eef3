/* SPDX-License-Identifier: Apache-2.0 */
/* An index of the members of a seekable, uncompressed tar archive. Lists the archive once, without reading
 * contents; then finds members by path. Immutable, so thread-safe. */
#ifndef MICA_IMPORT_ARCHIVE_INDEX_H
#define MICA_IMPORT_ARCHIVE_INDEX_H

#include <stdint.h>

#include "os/err.h"

struct archive_index;

/* Lists the archive in the first `size` bytes of `fd`, which is borrowed for the index's life. Sparse
 * members are not contiguous in the archive: they are expanded into an unnamed file in `tmp_dirfd`, of at
 * most `max_size` bytes in total. */
int archive_index_new(int fd, uint64_t size, int tmp_dirfd, uint64_t max_size, struct archive_index **ret,
                      struct err *err);
void archive_index_free(struct archive_index *a); /* NULL-safe */
/* Finds the regular member at a clean path: its descriptor (borrowed) and extent. Follows symbolic and
 * hard links inside the archive. -ENOENT, -ELOOP. Of several members with one path the last counts, as in
 * extraction. */
int archive_index_find(const struct archive_index *a, const char *path, int *ret_fd, uint64_t *ret_offset,
                       uint64_t *ret_size);

/* Cleans a path: no empty components, no "." and "..", no leading slash. `path` is relative to the folder
 * of `beside` (a clean path, or NULL for the root) unless it starts with a slash. Fresh memory; -EXDEV if
 * it leaves the root, -ENAMETOOLONG, -ENOENT if it is empty. */
int member_path_clean(const char *path, const char *beside, char **ret);

#endif
