/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner, mode and type of files in the upper, as the union means them: those of the files themselves, or,
 * where the daemon may not give files away, those that are kept in an attribute beside a file of its own
 * (override.h).
 */
#ifndef MICA_UNION_OWNER_H
#define MICA_UNION_OWNER_H

#include <linux/limits.h>

#include "union/branch.h"
#include "union/union.h"

/* Decides, for a branch that is being opened, which it is to be, where its config does not. Once a branch
 * keeps owners in the attribute it goes on, whoever mounts it: its root has the attribute, too. `gives`: the
 * daemon may give files away. */
int owner_choose(struct branch *b, bool gives, struct err *err);
/* Finds out by which names the attribute is found, where there are such. */
void owner_find(struct branch *b);

int owner_stat(const struct branch *b, struct where w, struct stat *ret);
int owner_chmod(const struct branch *b, struct where w, mode_t mode);
int owner_chown(const struct branch *b, struct where w, uid_t uid, gid_t gid);

/* Says all of it at once of a file that was just made: nothing to do without override. */
int owner_set(const struct branch *b, struct where w, const struct stat *st);

/* With an override: the mode of a file itself, which lets the daemon work with it whatever the union says,
 * and nobody else write to it: who may could set the attribute as well, and so say that it is root's, and
 * set-user-ID. It is an access list's mask, too. */
mode_t owner_own_mode(const struct stat *st);

/* Access lists (owner_list.c): as setxattr(2) and getxattr(2) for the one attribute that is_list. The mode
 * goes with it. */
bool owner_is_list(const char *attr);
/* Takes away a list of either kind that may not be there, or nowhere on the file system. */
int owner_drop_list(struct where w, const char *attr);
int owner_set_list(const struct branch *b, struct where w, const void *list, size_t size);
ssize_t owner_get_list(const struct branch *b, struct where w, void *list, size_t size);
/* With an override, of what has just been made and is not to be seen yet: gives it the lists that follow from
 * the default list of `dir`, if that has one, and *st the mode. */
int owner_inherit_list(struct where w, struct where dir, struct stat *st);

/* Attributes security.* (owner_security.c) of files whose owners are kept beside them, which the daemon may
 * not set as a rule: as setxattr(2) and so on. */
bool owner_keeps_security(const struct branch *b, const char *attr);
ssize_t owner_get_security(const struct branch *b, struct where w, const char *attr, void *value,
                           size_t size);
int owner_set_security(const struct branch *b, struct where w, const char *attr, const void *value,
                       size_t size, int flags);
int owner_remove_security(const struct branch *b, struct where w, const char *attr);
/* What stands in their names, behind the prefix of marks, for "security.". */
#define OWNER_SECURITY "mica.security."

/* What is to be made; of any type but a symbolic link. */
struct owner_new {
    mode_t mode; /* with the type, and less the umask where that counts */
    dev_t rdev;
    const struct un_caller *caller;
    struct where dir; /* from which it inherits: the group, where that says so, and access lists */
    bool has_list;    /* it has a default access list */
    /* Not NULL: gets a descriptor for reading and writing of a regular file, the caller's to close; where it
     * is not to be had so, or there is an override, it stays as it is. */
    int *ret_fd;
};

/* Makes it, empty, under a free name of an open directory. With an override nobody may see the name before it
 * is complete: the directory is the work directory's. */
int owner_make(const struct branch *b, int dirfd, const char *name, const struct owner_new *new);
/* A symbolic link, with an override. */
int owner_make_link(const struct branch *b, const char *target, int dirfd, const char *name,
                    const struct owner_new *new);
/* A regular file without a name, open for reading and writing: the descriptor. */
int owner_make_unnamed(const struct branch *b, const struct owner_new *new);

#endif
