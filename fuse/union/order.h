/* SPDX-License-Identifier: Apache-2.0 */
/* Does a file system write content before names by itself, or has it to be waited for? */
#ifndef MICA_UNION_ORDER_H
#define MICA_UNION_ORDER_H

#include <stdbool.h>

/*
 * ext4 with a journal and data=ordered, its default, commits a file's new blocks and size, with the content
 * written before, no later than what is done to names afterwards, once the blocks have been chosen; starting
 * to write chooses them. It does the same by itself where one file is renamed over another. A file system in
 * memory has no crashes to survive. Everywhere else, and where it is not known, only waiting is sure: ext2,
 * ext3 and ext4 with data=writeback or without a journal are of the same type for statfs(2).
 */
bool order_is_kept(int fd);

/* Does a text of /proc/fs/ext4/DEVICE/options say so? Pure. */
bool order_is_said(const char *options);

#endif
