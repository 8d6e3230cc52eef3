/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privileges that a write drops: set-user-ID, set-group-ID (unless the writer has CAP_FSETID in the initial
 * user namespace) and capabilities (always). The daemon writes for others, and some of its writes must not
 * drop them: copied content, and changes through a shared mapping.
 */
#ifndef MICA_UNION_KEEP_PRIVILEGES_H
#define MICA_UNION_KEEP_PRIVILEGES_H

#include <sys/stat.h>
#include <sys/types.h>

struct privileges {
    mode_t mode;
    ssize_t capability_len; /* negative: none */
    char capability[64];    /* larger than struct vfs_ns_cap_data */
};

/* Read the privileges of the open file `fd`. 0 or a negative errno. */
int privileges_look(int fd, struct privileges *ret);
/* Restore them after a write. A privilege that cannot be restored is lost, as after any write. */
void privileges_give_back(int fd, const struct privileges *p);

#endif
