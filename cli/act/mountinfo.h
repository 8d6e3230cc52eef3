/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo (proc(5)): what is mounted where, as this process sees it. */
#ifndef MICA_ACT_MOUNTINFO_H
#define MICA_ACT_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mount_entry {
    uint64_t id;
    char *mountpoint; /* escapes resolved */
    char *type;       /* "fuse.micafs" */
    char *source;
    int64_t owner; /* of a FUSE mount: whose it is; -1: not told */
};
struct mountinfo {
    struct mount_entry *entries; /* in the order of the file: of several on one point the last is on top */
    size_t n;
};
/* Parses the text of the file. -EUCLEAN for a line that is none, -ENOMEM. Pure. */
int mountinfo_parse(const char *text, size_t len, struct mountinfo *ret);
int mountinfo_read(struct mountinfo *ret);
void mountinfo_free(struct mountinfo *m);
/* Is it a mount of micafs? */
bool mount_entry_is_mica(const struct mount_entry *e);
/* The topmost mount at exactly `path` (absolute, no links), or NULL. */
const struct mount_entry *mountinfo_find(const struct mountinfo *m, const char *path);

/* Descriptor of the file; poll(2) for POLLPRI tells that mounts changed since it was opened or read. Negative
 * errno. */
int mountinfo_watch(void);

#endif
