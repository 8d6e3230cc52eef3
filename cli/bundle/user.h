/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity of a container's process: USER[:GROUP] of an image's config or of the user's wish, looked up in
 * the texts of the container's own /etc/passwd and /etc/group. These files are untrusted: invalid lines are
 * skipped. Pure.
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
    char *home; /* "/" by default */
};

/* Texts of the two files; NULL for a missing one. */
struct bundle_accounts {
    const char *passwd, *group;
};

/*
 * Resolve `user` by podman's rules: a number is an id and needs no entry; a name must exist. Without GROUP,
 * passwd gives the group (default 0), and group's entries that list the user give the supplementary ones;
 * with a colon there are none, and an empty GROUP means passwd's group. NULL or "" is user 0. -ENOENT for an
 * unknown name. Invalid lines are skipped, where podman reads as much as it can.
 */
int bundle_user_find(const char *user, const struct bundle_accounts *a, struct bundle_user *ret,
                     struct err *err);
void bundle_user_free(struct bundle_user *u); /* NULL-safe */

#endif
