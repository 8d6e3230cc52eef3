/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The branch on disk: the upper directory, in the format of kernel overlayfs, and the work directory beside
 * it, in which things are made before they get their names in the upper.
 *
 * These are single steps on names in open directories, each atomic; what they mean for the union is not known
 * here. Functions return 0 or a negative errno.
 */
#ifndef MICA_UNION_BRANCH_H
#define MICA_UNION_BRANCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "os/err.h"
#include "union/branch_temporary.h"
#include "union/where.h"

struct branch_config {
    int upper_fd, work_fd; /* directories; taken over on success. Locked by the caller */
    int base_fd;           /* the one that the work directory is made in; only for the call */
    bool insecure_dirs;    /* what is beside the work directory may be somebody else's */
    bool user_xattrs;      /* marks are user.overlay.*, not trusted.overlay.* */
    bool redirect_dir;     /* directories of the tree may be renamed */
    bool metacopy;         /* a change of metadata copies no content */
    bool marks_are_names; /* the file system has no attributes for them: name_marks.h; neither of the two then
                           */
    bool no_redirects;    /* what has been renamed so cannot be looked up: -EPERM, as in kernel overlayfs */
    bool adopts_root;     /* the upper's root is given the attributes of the tree's, if it has none yet */
    /* Owner, mode and type are kept in an attribute (owner.h): told by whoever knows the branch, else found
     * out by branch_open. `own_files`: not in any case. */
    bool override, own_files;
    bool volatile_;  /* nothing is ever made durable */
    bool only_looks; /* nothing is written at all, and somebody else may write: what cannot be found has gone
                      */
};

struct branch {
    struct branch_config config;
    int links_fd; /* beside the work directory: hard links that the tree has several names for */
    int aside_fd; /* beside it, with marks user.*: those of what does not take them (aside.h); else -1 */
    dev_t dev;    /* of all these directories */
    const char *prefix; /* of the marks' names */
    unsigned overrides; /* bits of the attributes that owners are read from (stack/override.h) */
    bool keeps_numbers; /* a file's inode number never changes while it is there */
    bool orders_writes; /* the file system writes content before names once it has a place on disk */
    bool lacks_noreplace,
        lacks_rename_whiteout; /* flags of renameat2(2) that the file system does not know */
    bool whiteouts_are_files;  /* and not devices: with MARK_WHITEOUT, in directories that are marked to hold
                                  such */
    bool whiteouts_are_names;  /* nor are they devices where marks are names */
    uint64_t next_temporary;
    char
        whiteout[BRANCH_TEMPORARY_MAX]; /* in the work directory: what all whiteouts are links of; "": none */
};

/* Checks that both are on one file system that has what is needed, and removes from the work directory
 * what an earlier daemon left there, and nothing else. `err` says what is missing and what to do. */
int branch_open(const struct branch_config *config, struct branch **ret, struct err *err);
/* Opens, or makes, a directory of ours beside the work directory (`base`), closed to everybody else. */
int branch_open_beside(const struct branch *b, const char *name, int *ret);
/* Opens one to look at, without writing to it, and without a lock: a daemon may be at work on it. Its owners
 * are where `override` says. (branch_look.c) */
int branch_open_to_look(const struct branch_config *config, struct branch **ret, struct err *err);
void branch_free(struct branch *b); /* NULL-safe */
/* Empties the work directory alone, as branch_open does: of one that is to be made anew. */
int branch_empty_work(const struct branch_config *config);

/* Orders the content of a new file before the names that it gets afterwards: after a crash of the machine a
 * name never shows less than the file had. Not durability by itself. */
int branch_settle(const struct branch *b, int fd);

/* Makes a whiteout under a name that is free. (Whiteouts: branch_whiteout.c) */
int branch_whiteout(struct branch *b, int dirfd, const char *name);
/* Makes one that is a link of no other. */
int branch_whiteout_alone(const struct branch *b, int dirfd, const char *name);
/* Is it one? `st`: what is known of it; `marked`: its directory is marked to hold files that are. 1, 0 or an
 * error. */
int branch_is_whiteout(const struct branch *b, struct where w, const struct stat *st, bool marked);
/* Makes the one, or a new one, that whiteouts will be links of. */
int branch_share_whiteout(struct branch *b);
/* Takes it out of the work directory, if there is one; its links stay. */
void branch_unshare_whiteout(struct branch *b);
/* Puts a whiteout in the place of a file, which loses the name. */
int branch_cover_by_whiteout(struct branch *b, int dirfd, const char *name);
/* Puts a whiteout in the place of what has the name, which gets a temporary name in the work directory
 * (`ret`).
 */
int branch_replace_by_whiteout(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX]);
/* What a name was that something is moved to. */
enum branch_target { TARGET_FREE, TARGET_WHITEOUT, TARGET_TAKEN };
/* Gives a file or directory another name in one step, and leaves a whiteout under the old one. What had the
 * new name is gone, but for a directory: *ret is a temporary name then, else "". Where the file system does
 * not do all of it in one step, a crash between two leaves both names in use. */
struct branch_move {
    int from_fd;
    const char *from;
    int to_fd;
    const char *to;
    enum branch_target target;
    bool dir;
};
int branch_move_leaving_whiteout(struct branch *b, const struct branch_move *m,
                                 char ret[BRANCH_TEMPORARY_MAX]);
/* Gives what has a temporary name, or one beside, the name of a whiteout, which goes. */
int branch_take_whiteout(const struct branch *b, int from_fd, const char *from, bool dir, int to_fd,
                         const char *to);
/* Gives it a name that must be free (-EEXIST). */
int branch_move_new(const struct branch *b, int from_fd, const char *from, int to_fd, const char *to);
/* The marks of kernel overlayfs, and three of our own, whose numbers are on disk (aside.h). */
enum branch_mark {
    MARK_OPAQUE,   /* "y": nothing below shows through; "x": holds whiteouts in the attribute form */
    MARK_REDIRECT, /* where the tree's part is, when not under the same name */
    MARK_METACOPY, /* the content is the tree's */
    MARK_IMPURE,   /* "y": something in the directory has another inode number than its own */
    MARK_WHITEOUT, /* an empty file that is a whiteout, in a directory with opaque "x" */
    MARK_INODE,    /* the inode number to show: 8 bytes, little-endian */
    MARK_LINKS,    /* how many of its names only the tree has: 4 bytes, little-endian */
    MARK_OWNER,    /* whose a symbolic link is, where owners are kept beside files: 4 bytes each of the user's
                      and the group's number, little-endian; aside only */
    MARK_PROTECTED, /* "a", "i" or both: append-only, immutable (file_flags.h) */
    MARK_NAME, /* a file that was given, through a mount, a name that fuse-overlayfs gives to its whiteouts */
};

/* Marks: branch_marks.c. Get: the length, or -ENODATA. */
int branch_mark_set(const struct branch *b, struct where w, enum branch_mark mark, const void *value,
                    size_t len);
ssize_t branch_mark_get(const struct branch *b, struct where w, enum branch_mark mark, void *value,
                        size_t size);
int branch_mark_remove(const struct branch *b, struct where w, enum branch_mark mark);

/* 1, 0 or an error. What cannot be read is not taken for missing: that would show what is below. */
int branch_mark_is(const struct branch *b, struct where w, enum branch_mark mark, char value);
int branch_mark_has(const struct branch *b, struct where w, enum branch_mark mark);

/* Before a file gets the name: says of a regular file (`mode`) that `name` is a name, where fuse-overlayfs
 * would read a whiteout (foreign.h). (branch_whiteout.c) */
int branch_mark_name(const struct branch *b, struct where w, mode_t mode, const char *name);

/* -EINVAL for a name that means something in this branch (name_marks.h), and cannot be given. */
int branch_takes_name(const struct branch *b, const char *name);

/* The inode number that is kept with a file; 0 when there is none. */
int branch_kept_ino(const struct branch *b, struct where w, uint64_t *ret);

#endif
