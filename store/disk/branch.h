/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branches by name: branches/NAME/{branch.json,upper,work} (store/FORMAT.md, "Branches"). A branch belongs to
 * the image for which it was made, and keeps that in the store.
 *
 * One process at a time holds a branch, by an open file description lock on its branch.json: to serve, rename
 * or remove it. The lock goes with the descriptor.
 *
 * Listing and sweeping: branch_list.c. Rules for names: branch_name.c. One branch: branch.c.
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

/* The content of branch.json, which never changes. */
struct branch_info {
    char *image; /* the image's name when the branch was made, or NULL */
    struct digest manifest, chain_id;
    int64_t created;   /* seconds since 1970 */
    bool user_xattrs;  /* marks are user.overlay.*, not trusted.overlay.* */
    bool keeps_owners; /* owners, modes and types of files are in an attribute (fuse/stack/override.h) */
    bool redirect_dir; /* directories of the image are renamed by redirects */
    bool metacopy;     /* files are copied up without their data where only metadata changes */
    bool temporary;    /* to be removed once no process holds it */
};
void branch_info_clear(struct branch_info *info);

/* Checks a branch name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 128 bytes. -EINVAL with a line. */
int store_branch_check_name(const char *name, struct err *err);
/* Generates a short name that no branch has at the moment. */
int store_branch_invent_name(struct store *s, char ret[STORE_BRANCH_NAME_MAX + 1], struct err *err);

/* A branch that this process holds or looks at. */
struct branch_hold;

/* Creates a branch with `info`, atomically and durably. The tree of its image must be in the store.
 * -EEXIST. */
int store_branch_create(struct store *s, const char *name, const struct branch_info *info,
                        struct branch_hold **ret, struct err *err);
/* Holds an existing branch. -ENOENT; -EBUSY with a line that names the holder. */
int store_branch_hold(struct store *s, const char *name, struct branch_hold **ret, struct err *err);
/* Opens a branch without holding it, only for reading: others may change or remove it at the same time.
 * -ENOENT. */
int store_branch_look(struct store *s, const char *name, struct branch_hold **ret, struct err *err);
void store_branch_release(struct branch_hold *h); /* NULL-safe */
/* Does another process hold it at the moment? */
bool store_branch_is_held(const struct branch_hold *h);

/* Reads branch.json; -EUCLEAN if it is damaged, -EPROTONOSUPPORT for an unknown version. */
int store_branch_info(const struct branch_hold *h, struct branch_info *ret, struct err *err);
/* Open its directories `upper` and `work`. Return a descriptor that the caller closes. */
int store_branch_open_upper(const struct branch_hold *h, struct err *err);
int store_branch_open_work(const struct branch_hold *h, struct err *err);

/* Renames the branch. -EEXIST if another branch has the name. */
int store_branch_rename(struct branch_hold *h, const char *name, struct err *err);
/* Removes the branch. After a failure it may be partly removed, but is no branch any more. Releases `h` in
 * either case. */
int store_branch_remove(struct branch_hold *h, struct err *err);

struct branch_entry {
    char *name;
    int fault;               /* 0, or the error of reading branch.json; its image is then unknown */
    struct branch_info info; /* empty after a fault */
    bool held;               /* the lease with its name tells by which process */
};
struct branch_list {
    struct branch_entry *branches; /* sorted by name */
    size_t n;
};
/* Lists all branches and their images, mounted or not. Code that removes objects must stop if one has a
 * fault. */
int store_branches(struct store *s, struct branch_list *ret, struct err *err);
void branch_list_free(struct branch_list *l);

/* Removes temporary branches whose process has ended. */
void store_branches_sweep(struct store *s);

#endif
