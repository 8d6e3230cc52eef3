/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branches by name: branches/NAME/{branch.json,upper,work} (store/FORMAT.md, "Branches"). A branch stands on
 * the image that it was made for, and keeps it in the store.
 *
 * A branch is held by one process at a time, by an open file description lock on its branch.json: whoever
 * serves it, renames it or removes it holds it. The lock goes with the descriptor.
 */
#ifndef MICA_DISK_BRANCH_H
#define MICA_DISK_BRANCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "os/err.h"

struct store;

#define STORE_BRANCH_NAME_MAX 128

/* What branch.json says; it never changes. */
struct branch_info {
    char *image; /* the image's name when the branch was made, or NULL */
    struct digest manifest, chain_id;
    int64_t created;   /* seconds since 1970 */
    bool user_xattrs;  /* marks are user.overlay.*, not trusted.overlay.* */
    bool keeps_owners; /* owners, modes and types of files are in an attribute (fuse/stack/override.h) */
    bool redirect_dir; /* directories of the image are renamed by redirects */
    bool metacopy;     /* files are copied up without their data where only metadata changes */
    bool temporary;    /* to be removed when nobody holds it */
};
void branch_info_clear(struct branch_info *info);

/* -EINVAL for what cannot be the name of a branch: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 128 bytes. */
int store_branch_check_name(const char *name, struct err *err);
/* A short name that no branch has at the moment. */
int store_branch_invent_name(struct store *s, char ret[STORE_BRANCH_NAME_MAX + 1], struct err *err);

/* A branch that this process holds. */
struct branch_hold;

/* Makes one of `info`, durable and whole or not at all. The tree of its image must be in the store. -EEXIST.
 */
int store_branch_create(struct store *s, const char *name, const struct branch_info *info,
                        struct branch_hold **ret, struct err *err);
/* Holds one that is there. -ENOENT; -EBUSY with a line that says who holds it. */
int store_branch_hold(struct store *s, const char *name, struct branch_hold **ret, struct err *err);
/* Opens one to look at it, whoever holds it: nothing keeps it from being changed or removed meanwhile, and it
 * is neither to be changed nor removed through this. -ENOENT. */
int store_branch_look(struct store *s, const char *name, struct branch_hold **ret, struct err *err);
void store_branch_release(struct branch_hold *h); /* NULL-safe */
/* Does anybody else hold it at the moment? */
bool store_branch_is_held(const struct branch_hold *h);

/* Reads branch.json; -EUCLEAN when it is damaged, -EPROTONOSUPPORT for a version that is not known. */
int store_branch_info(const struct branch_hold *h, struct branch_info *ret, struct err *err);
/* Descriptors of its directories `upper` and `work`. */
int store_branch_open_upper(const struct branch_hold *h, struct err *err);
int store_branch_open_work(const struct branch_hold *h, struct err *err);

/* -EEXIST when another branch has the name. */
int store_branch_rename(struct branch_hold *h, const char *name, struct err *err);
/* Removes it. After a failure it may be half removed, but then it is no branch any more. Releases it in
 * either case. */
int store_branch_remove(struct branch_hold *h, struct err *err);

struct branch_entry {
    char *name;
    int fault; /* 0, or why branch.json cannot be read; the image that it keeps is not known then */
    struct branch_info info; /* empty after a fault */
    bool held;               /* by whom: the lease that has its name */
};
struct branch_list {
    struct branch_entry *branches; /* sorted by name */
    size_t n;
};
/* All branches, and with them what they stand on, mounted or not. One who removes objects must not go on when
 * there is one with a fault. */
int store_branches(struct store *s, struct branch_list *ret, struct err *err);
void branch_list_free(struct branch_list *l);

/* Removes temporary branches whose process died. */
void store_branches_sweep(struct store *s);

#endif
