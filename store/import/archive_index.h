/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of a seekable, uncompressed tar archive are. The archive is listed once, without reading
 * its contents; afterwards a member is found by its path. Immutable once made, so that any thread may ask. */
#ifndef MICA_IMPORT_ARCHIVE_INDEX_H
#define MICA_IMPORT_ARCHIVE_INDEX_H

#include <stdint.h>

#include "os/err.h"

struct archive_index;

/* Lists the archive in the first `size` bytes of `fd`, which is borrowed for the index's life. Members that
 * are stored sparse do not lie in it as they are: they are put together in a file without a name in
 * `tmp_dirfd`, of at most `max_size` bytes in all. */
int archive_index_new(int fd, uint64_t size, int tmp_dirfd, uint64_t max_size, struct archive_index **ret,
                      struct err *err);
void archive_index_free(struct archive_index *a); /* NULL-safe */
/* Finds the regular member at a clean path: where it is, in which descriptor (borrowed); symbolic and hard
 * links are followed inside the archive. -ENOENT, -ELOOP. Of several members with one path the last counts,
 * as when an archive is extracted. */
int archive_index_find(const struct archive_index *a, const char *path, int *ret_fd, uint64_t *ret_offset,
                       uint64_t *ret_size);

/* A path made clean: no empty components, no "." and "..", no leading slash. `path` is taken relative to the
 * folder that holds `beside` (a clean path, or NULL for the root) unless it starts with a slash. Fresh
 * memory; -EXDEV when it leaves the root, -ENAMETOOLONG, -ENOENT when nothing is left of it. */
int member_path_clean(const char *path, const char *beside, char **ret);

#endif
