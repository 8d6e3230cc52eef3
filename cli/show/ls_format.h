/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata in the form of `ls -l`. Pure. */
#ifndef MICA_SHOW_LS_FORMAT_H
#define MICA_SHOW_LS_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "tree/tree.h"

#define MODE_TEXT_MAX 11
/* "-rwsr-xr-t". Returns `buf`. */
const char *mode_format(uint32_t mode, char buf[MODE_TEXT_MAX]);
/* "file", "directory", "symlink", "char", "block", "fifo", "socket"; "unknown". */
const char *mode_type(uint32_t mode);

#define TIME_TEXT_MAX 40
/* "2025-03-01 12:30" in local time. */
const char *time_format(int64_t seconds, char buf[TIME_TEXT_MAX]);
/* "2025-03-01T12:30:00.000000001Z". */
const char *time_format_utc(const struct timespec *t, char buf[TIME_TEXT_MAX]);

/* Widths of the columns of a long listing; each counted entry can widen them. */
struct ls_widths {
    bool human; /* sizes as "1.2kB" */
    int nlink, owner, group, size;
};
void ls_widths_add(struct ls_widths *w, const struct tree_attr *a);
/* Prints mode, links, owner, group, size or device, and time, with a trailing blank. */
int ls_print_long(FILE *out, const struct ls_widths *w, const struct tree_attr *a);

#endif
