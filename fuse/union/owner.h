/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner, mode and type of files in the upper, as the union shows them: those of the files themselves, or, if
 * the daemon cannot change owners, those kept in an attribute of files that the daemon owns (override.h).
 *
 * owner.c; access lists: owner_list.c; security.*: owner_security.c; new files: owner_make.c.
 */
#ifndef MICA_UNION_OWNER_H
#define MICA_UNION_OWNER_H

#include <linux/limits.h>

#include "union/branch.h"
#include "union/union.h"

/* Decide the form of a branch that is being opened, if its config leaves it open. A branch that keeps owners
 * in the attribute does so on all later mounts: its root has the attribute, too. `gives`: the daemon can
 * change owners. */
int owner_choose(struct branch *b, bool gives, struct err *err);
/* Find out the names of the attribute in use, if any. */
void owner_find(struct branch *b);

int owner_stat(const struct branch *b, struct where w, struct stat *ret);
int owner_chmod(const struct branch *b, struct where w, mode_t mode);
int owner_chown(const struct branch *b, struct where w, uid_t uid, gid_t gid);

/* Set owner, mode and type of a new file. Does nothing without override. */
int owner_set(const struct branch *b, struct where w, const struct stat *st);

/* With an override, compute the mode of the file itself: the daemon can use the file whatever the union
 * shows, and nobody else can write to it, since a writer could also set the attribute, and claim root and
 * set-user-ID. It is the mask of an access list as well. */
mode_t owner_own_mode(const struct stat *st);

/* Replaces "security." in the kept name, after the prefix of marks. */
#define OWNER_SECURITY "mica.security."

/* Description of a new file of any type but a symbolic link. */
struct owner_new {
    mode_t mode; /* with the type; less the umask, where that applies */
    dev_t rdev;
    const struct un_caller *caller;
    struct where dir; /* its parent, for the inherited group and access lists */
    bool has_list;    /* the parent has a default access list */
    /* If not NULL, it is set to a descriptor of a regular file for reading and writing, the caller's to
     * close; unchanged if there is none, or with an override. */
    int *ret_fd;
};

#endif
