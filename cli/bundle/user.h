/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs a container's process: USER[:GROUP] of an image's config or of somebody's wish, looked up in the
 * texts of the container's own /etc/passwd and /etc/group, which are anybody's: lines that are none are
 * passed over. Pure.
 */
#ifndef MICA_BUNDLE_USER_H
#define MICA_BUNDLE_USER_H

#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

#define BUNDLE_USER_MAX_GROUPS 1024

struct bundle_user {
    uint32_t uid, gid;
    uint32_t *groups; /* supplementary ones, the first of them gid: a program could shed that otherwise, and
                       * what is denied to the group would be open to it (CVE-2022-2989) */
    size_t n_groups;
    char *home; /* "/" where nothing is said */
};

/* The texts of the two files; NULL where there is none. */
struct bundle_accounts {
    const char *passwd, *group;
};

/*
 * By podman's rules: what looks like a number is one, and need not be there; a name must. Without GROUP, the
 * group is the one that passwd says (0 where it says nothing), and those of group that list the user are
 * supplementary ones; with a colon, there are none, and nothing behind it is passwd's group. NULL or "" is
 * user 0. -ENOENT for an unknown name. Lines that make no sense are nobody's, where podman reads what it can.
 */
int bundle_user_find(const char *user, const struct bundle_accounts *a, struct bundle_user *ret,
                     struct err *err);
void bundle_user_free(struct bundle_user *u); /* NULL-safe */

#endif
