/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading an index: the file that holds the metadata of one layer or of a whole tree (store/FORMAT.md).
 *
 * The file is mapped and hostile. Opening checks the header, which is O(1), and the table of block checksums
 * (8 bytes per 64 KiB of file). A block's checksum is checked the first time something in it is looked at, so
 * the cost of the check follows what is used. Checksums find damage, not malice: whatever a record says,
 * every number and offset is checked against its section at each use, and a bad one gives -EUCLEAN, never a
 * crash. A file that someone else than its owner or root could change is refused. Pages that cannot be read
 * (an I/O error, a file cut short) give -EUCLEAN as well instead of SIGBUS, once index_guard_install() was
 * called.
 */
#ifndef MICA_TREE_INDEX_H
#define MICA_TREE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "os/err.h"

struct index;

enum index_kind {
    INDEX_LAYER = 1, /* what one layer adds, replaces and removes */
    INDEX_TREE = 2,  /* a merged stack */
};

/* Flags of an inode. The first group is of regular files, the second of directories in layers. */
enum {
    INODE_OWN_FILE =
        1u
        << 0, /* content is in a file of its own: `place` is its number; else in the pack, at byte `place` */
    INODE_LOWER_LINK =
        1u << 1, /* in layers: a hard link to what lower layers have at the path in `target`, or,
                    where they have nothing there, this layer; nothing else in the record counts */
    INODE_OPAQUE = 1u << 8,
    INODE_REPLACES = 1u << 9,
    INODE_IMPLICIT = 1u << 10,
    INODE_PASSIVE = 1u << 11,
};

struct index_inode {
    uint32_t mode; /* type and permissions, as st_mode */
    uint32_t uid, gid;
    uint32_t nlink;  /* names for files, 2 + subdirectories for directories */
    uint64_t size;   /* bytes; for a symbolic link the length of its target */
    uint64_t blocks; /* of 512 bytes */
    struct timespec mtime;
    uint32_t flags; /* INODE_* */
    uint32_t layer; /* trees: whose content it is, an index into the table of layers; layers: 0 */
    uint32_t rdev_major, rdev_minor;
    uint32_t parent;         /* directories, and in trees all: the directory of its first name */
    uint64_t place;          /* regular files: where the content is in the layer */
    uint64_t content_hash;   /* regular files: XXH3-64 of the content, holes as zeros */
    uint64_t first, entries; /* directories: their run in the table of names */
    uint64_t xattrs;         /* offset of the set of extended attributes, 0 for none */
    uint64_t target;         /* symbolic links and lower links: offset of the text, `size` bytes */
};

enum {
    NAME_WHITEOUT = 1u << 0, /* layers: the name is removed; there is no inode */
};

struct index_name {
    const char *name; /* in the mapping, not NUL-terminated */
    size_t len;       /* 1 .. 255 */
    uint32_t inode;   /* 0 for a whiteout */
    uint8_t type;     /* DT_* of the inode, DT_WHT for a whiteout; DT_UNKNOWN for a lower link */
    uint8_t flags;    /* NAME_* */
    uint64_t at;      /* its place in the table of names */
};

/* The names of a directory: the table's first .. first + entries - 1, sorted by bytes. */
struct index_run {
    uint64_t dir;
    uint64_t first, entries;
};

#define INDEX_ROOT 1

/* Maps the index in `fd` (borrowed: may be closed afterwards). -EUCLEAN with a line in `err` when it is not
 * one, of another kind or version, or damaged; -EPERM when others could write it. `what` names it in errors.
 */
int index_open(int fd, const char *what, enum index_kind kind, struct index **ret, struct err *err);
void index_free(struct index *ix);
/* Nobody looks at it for now: its pages are given back. What calls have returned stays valid. Thread-safe. */
void index_rest(const struct index *ix);
/* Was it written by a mica whose trees or layers were of an older version? Then index_open fails. */
bool index_is_outdated(int fd, enum index_kind kind);

/* Makes SIGBUS inside any open index's mapping harmless (see above). Once per process, before threads start.
 * Other SIGBUSes keep their meaning. */
int index_guard_install(void);

enum index_kind index_kind(const struct index *ix);
uint64_t index_inodes(const struct index *ix); /* inode numbers are 1 .. this */
uint64_t index_names(const struct index *ix);
uint64_t index_sum(const struct index *ix); /* of all that is in it: another index has another one */
uint64_t
index_content_size(const struct index *ix);    /* sum of the sizes of its regular files, each inode once */
uint32_t index_layers(const struct index *ix); /* trees: how many layers; layers: 0 */
/* Raw digest (32 or 64 bytes, *ret_len) of layer `n`, bottom first. */
int index_layer(const struct index *ix, uint32_t n, const uint8_t **ret, size_t *ret_len);

int index_inode(const struct index *ix, uint64_t inode, struct index_inode *ret);
/*
 * From a directory to what it holds. These are the only ways that lead down, and what an index promises
 * (FORMAT.md) is checked on them: a run belongs to one directory, its names are sorted and each is there
 * once, a directory has one name and a greater number than its parent, a name's type is its inode's, a file
 * with one name is in its parent. So whoever walks down meets each name once, and comes to an end. -EUCLEAN
 * where it is not so.
 */
/* -ENOTDIR. */
int index_run(const struct index *ix, uint64_t dir, struct index_run *ret);
/* The name at `position` (0, 1, 2, ...) of a run. 1 when there is one, 0 behind the last. */
int index_entry(const struct index *ix, const struct index_run *run, uint64_t position,
                struct index_name *ret);
/* The inode of a name of `dir`; of a whiteout all is zero. */
int index_child(const struct index *ix, uint64_t dir, const struct index_name *name, struct index_inode *ret);
/* Finds `name` in `dir` by binary search, and its inode (ret_inode may be NULL). -ENOENT, -ENOTDIR. */
int index_find(const struct index *ix, uint64_t dir, const char *name, size_t len, struct index_name *ret,
               struct index_inode *ret_inode);

/* The name at `n` of the whole table, whoever's it is. */
int index_name(const struct index *ix, uint64_t n, struct index_name *ret);
/* The order of the names of a directory: that of their bytes. */
int index_compare_names(const char *a, size_t a_len, const char *b, size_t b_len);
/* Trees: the directory of the first name of `inode`, and that name; -EINVAL for the root. Takes one step
 * where no file has two names, else at most as many as there are second names. (index_where.c) */
int index_where(const struct index *ix, uint64_t inode, uint64_t *ret_dir, struct index_name *ret);
/* The text of a symbolic link or lower link. */
int index_target(const struct index *ix, const struct index_inode *inode, const char **ret, size_t *ret_len);

/* Walks a set of extended attributes: *cursor starts at inode->xattrs' set with 0. 1 with an attribute, 0 at
 * the end, or an error; *ret is the one before until it is replaced. Name and value lie in the mapping; the
 * name has no NUL. */
struct index_xattr {
    const char *name;
    size_t name_len;
    const void *value;
    size_t value_len;
};
int index_xattr_next(const struct index *ix, const struct index_inode *inode, uint64_t *cursor,
                     struct index_xattr *ret);

/* Checks the checksums of all blocks. */
int index_check_blocks(const struct index *ix);

/* Checks every block and every record, and that they agree: names sorted, each directory under one name, link
 * counts, types. For `verify` and for the fuzzers; `err` says what is wrong. (index_verify.c) */
int index_verify(const struct index *ix, struct err *err);

#endif
