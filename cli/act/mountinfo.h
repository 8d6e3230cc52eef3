/* SPDX-License-Identifier: Apache-2.0 */
/* Parse /proc/self/mountinfo (proc(5)): the mounts in this process's mount namespace. */
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
    int64_t owner; /* user of a FUSE mount; -1: unknown */
};
struct mountinfo {
    struct mount_entry *entries; /* in the order of the file: the last entry for a mount point is on top */
    size_t n;
};
/* Parse the text of the file. -EUCLEAN for an invalid line, -ENOMEM. Pure. */
int mountinfo_parse(const char *text, size_t len, struct mountinfo *ret);
int mountinfo_read(struct mountinfo *ret);
void mountinfo_free(struct mountinfo *m);
/* Is the file system type micafs's? */
bool mount_entry_is_mica(const struct mount_entry *e);
/* The topmost mount at exactly `path` (absolute, no links), or NULL. */
const struct mount_entry *mountinfo_find(const struct mountinfo *m, const char *path);

/* Open the file; poll(2) for POLLPRI reports mount changes since it was opened or read. Returns a descriptor
 * or a negative errno. */
int mountinfo_watch(void);

#endif
