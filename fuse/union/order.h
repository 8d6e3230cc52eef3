/* SPDX-License-Identifier: Apache-2.0 */
/* Does a file system order content before names by itself, or must the daemon wait for it? */
#ifndef MICA_UNION_ORDER_H
#define MICA_UNION_ORDER_H

#include <stdbool.h>

/*
 * ext4 with a journal and data=ordered, its default, commits a file's new blocks and size, with the content
 * written before, no later than later changes of names, once the blocks are allocated; starting to write
 * allocates them. It does the same by itself when one file is renamed over another. A file system in memory
 * does not survive a crash. Everywhere else, and in doubt, only waiting is safe: ext2, ext3, and ext4 with
 * data=writeback or without a journal have the same type in statfs(2).
 */
bool order_is_kept(int fd);
/* Is the file system in memory, so that nothing of it has an order after a crash? */
bool order_is_needless(int fd);

/* Does the text of /proc/fs/ext4/DEVICE/options say data=ordered? Pure. */
bool order_is_said(const char *options);

#endif
