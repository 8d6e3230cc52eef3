/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The branch on disk: the upper directory, in the format of kernel overlayfs, and the work directory beside
 * it, in which files are built before a rename gives them their names in the upper.
 *
 * Each function is one atomic step on a name in an open directory and knows nothing of the union. Functions
 * return 0 or a negative errno.
 *
 * Opening: branch.c, branch_look.c. Whiteouts, moves, names: branch_whiteout.c. Marks: branch_marks.c.
 * Temporary names: branch_temporary.h.
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
    int upper_fd, work_fd; /* directories; owned by the branch on success. Locked by the caller */
    int base_fd;           /* parent of the work directory; borrowed for the call */
    bool insecure_dirs;    /* directories beside the work directory may belong to other users */
    bool user_xattrs;      /* marks are user.overlay.*, not trusted.overlay.* */
    bool redirect_dir;     /* directories of the tree can be renamed */
    bool metacopy;         /* a change of metadata does not copy content */
    bool marks_are_names;  /* no attributes for marks: name_marks.h; excludes redirect_dir and metacopy */
    bool no_redirects;     /* following a redirect fails with -EPERM, as in kernel overlayfs */
    /* give the upper's root the attributes of the tree's root, unless it has them already */
    bool adopts_root;
    /* `override`: owner, mode and type are kept in an attribute (owner.h). Set by a caller that knows, else
     * branch_open decides. `own_files` forbids it. */
    bool override, own_files;
    bool volatile_;  /* never sync */
    bool only_looks; /* read-only, and a daemon may be writing: a missing file counts as removed */
};

struct branch {
    struct branch_config config;
    int links_fd; /* mica-links, beside the work directory: copies of hard links of the tree (links.h) */
    /* mica-marks, beside the work directory: sidecar marks (aside.h) where marks are user.*; else -1 */
    int aside_fd;
    dev_t dev;           /* the same for all these directories */
    const char *prefix;  /* of the names of marks */
    unsigned overrides;  /* bits: attributes from which owners are read (stack/override.h) */
    bool keeps_numbers;  /* a file keeps its inode number while it exists */
    bool orders_writes;  /* the file system writes content before names once blocks are allocated */
    bool needs_no_order; /* the file system is in memory */
    bool lacks_noreplace,
        lacks_rename_whiteout; /* flags of renameat2(2) that the file system does not support */
    /* whiteouts are empty files with MARK_WHITEOUT, in directories with the mark "x"; not devices */
    bool whiteouts_are_files;
    bool whiteouts_are_names; /* whiteouts are names (name_marks.h); not devices */
    uint64_t next_temporary;
    /* in the work directory: the inode that all whiteouts link to; "": none */
    char whiteout[BRANCH_TEMPORARY_MAX];
};

/* Check that both directories are on one file system with the features needed, and remove the leftovers of an
 * earlier daemon from the work directory, nothing else. `err` says what is missing and what to do. */
int branch_open(const struct branch_config *config, struct branch **ret, struct err *err);
/* Open or create a directory of mica's beside the work directory (in `base_fd`), without access for
 * others. */
int branch_open_beside(const struct branch *b, const char *name, int *ret);
void branch_free(struct branch *b); /* NULL-safe */
/* Only empty the work directory, as branch_open does, for a branch that is about to be made anew. */
int branch_empty_work(const struct branch_config *config);

/* Order a new file's content before the names that it gets later: after a crash of the machine no name shows
 * less. Does not make it durable. */
int branch_settle(const struct branch *b, int fd);

/* State of the target name before a move. */
enum branch_target { TARGET_FREE, TARGET_WHITEOUT, TARGET_TAKEN };
/* A move that leaves a whiteout (branch_whiteout.h). */
struct branch_move {
    int from_fd;
    const char *from;
    int to_fd;
    const char *to;
    enum branch_target target;
    bool dir;
};

/* Marks of kernel overlayfs, and mica's own. The numbers are on disk (aside.h): append only. */
enum branch_mark {
    MARK_OPAQUE,   /* "y": hides the layers below; "x": holds whiteouts in the attribute form */
    MARK_REDIRECT, /* path of the tree's part, if it differs from the file's own */
    MARK_METACOPY, /* the content is in the tree */
    MARK_IMPURE,   /* "y": an entry shows another inode number than its own */
    MARK_WHITEOUT, /* an empty file is a whiteout, in a directory with opaque "x" */
    MARK_INODE,    /* inode number to show: 8 bytes, little-endian */
    MARK_LINKS,    /* number of names that only the tree has: 4 bytes, little-endian */
    /* sidecar only: uid and gid of a symbolic link where owners are kept beside files, 4 bytes each,
     * little-endian */
    MARK_OWNER,
    MARK_PROTECTED, /* "a", "i" or both: append-only, immutable (file_flags.h) */
    MARK_NAME,      /* a file whose name, given through a mount, looks like a whiteout of fuse-overlayfs */
};

#endif
