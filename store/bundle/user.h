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
    uint32_t *groups; /* supplementary ones */
    size_t n_groups;
    char *home; /* "/" where nothing is said */
};

/* The texts of the two files; NULL where there is none. */
struct bundle_accounts {
    const char *passwd, *group;
};

/*
 * A name must be there; a number need not. Without GROUP, the group is the one that passwd says (0 where it
 * says nothing), and the supplementary groups are those of group that list the user; with it, there are none.
 * NULL or "" is user 0. -ENOENT for an unknown name, -EINVAL for what is neither name nor number.
 */
int bundle_user_find(const char *user, const struct bundle_accounts *a, struct bundle_user *ret,
                     struct err *err);
void bundle_user_free(struct bundle_user *u); /* NULL-safe */

#endif
