/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever writes to a file takes away what others could do by executing it: set-user-ID, set-group-ID (where
 * the writer lacks CAP_FSETID in the initial user namespace) and capabilities (always). The daemon writes on
 * behalf of others, and of those writes some take nothing away: a copy of content, and what a shared mapping
 * has changed.
 */
#ifndef MICA_UNION_KEEP_PRIVILEGES_H
#define MICA_UNION_KEEP_PRIVILEGES_H

#include <sys/stat.h>
#include <sys/types.h>

struct privileges {
    mode_t mode;
    ssize_t capability_len; /* negative: it has none */
    char capability[64];    /* struct vfs_ns_cap_data is smaller */
};

/* What the file has that `fd` is open for. 0 or a negative errno. */
int privileges_look(int fd, struct privileges *ret);
/* Gives it back after a write. What is not to be had is lost, as after any write. */
void privileges_give_back(int fd, const struct privileges *p);

#endif
