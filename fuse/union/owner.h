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

/* Access lists (owner_list.c): as setxattr(2) and getxattr(2) for an attribute that is_list. Updates the
 * mode. */
bool owner_is_list(const char *attr);
/* Remove an access list, if there is one and the file system supports lists. */
int owner_drop_list(struct where w, const char *attr);
int owner_set_list(const struct branch *b, struct where w, const void *list, size_t size);
ssize_t owner_get_list(const struct branch *b, struct where w, void *list, size_t size);
/* With an override, for a new file not visible yet: set the lists that follow from the default list of `dir`,
 * if there is one, and update the mode in *st. */
int owner_inherit_list(struct where w, struct where dir, struct stat *st);

/* Attributes security.* (owner_security.c) of files whose owners are kept in attributes; the daemon usually
 * cannot set them. As setxattr(2) and so on. */
bool owner_keeps_security(const struct branch *b, const char *attr);
ssize_t owner_get_security(const struct branch *b, struct where w, const char *attr, void *value,
                           size_t size);
int owner_set_security(const struct branch *b, struct where w, const char *attr, const void *value,
                       size_t size, int flags);
int owner_remove_security(const struct branch *b, struct where w, const char *attr);
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

/* Create an empty file under a free name of an open directory. With an override that must be in the work
 * directory: nobody may see the name before the file is complete. */
int owner_make(const struct branch *b, int dirfd, const char *name, const struct owner_new *new);
/* Create a symbolic link, with an override. */
int owner_make_link(const struct branch *b, const char *target, int dirfd, const char *name,
                    const struct owner_new *new);
/* Create a regular file without a name; returns a descriptor for reading and writing. */
int owner_make_unnamed(const struct branch *b, const struct owner_new *new);

#endif
