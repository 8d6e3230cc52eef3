/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading an index: the file that holds the metadata of one layer or of a whole tree (store/FORMAT.md).
 *
 * The file is mapped and hostile. Opening checks the header, which is O(1), and the table of block checksums
 * (8 bytes per 64 KiB of file). A block's checksum is checked on the first access to the block, so that
 * unused parts cost nothing. Checksums detect damage, not malice: every number and offset in a record is
 * checked against its section at each use, and a bad one gives -EUCLEAN, never a crash. A file that users
 * other than its owner and root could change is refused. Unreadable pages (an I/O error, a truncated file)
 * also give -EUCLEAN instead of SIGBUS once index_guard_install() was called.
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
    INDEX_LAYER = 1, /* the changes that one layer makes */
    INDEX_TREE = 2,  /* the merged stack */
};

/* Flags of an inode. INODE_OWN_FILE is of regular files, the others are of layers: INODE_LOWER_LINK of
 * files, the rest of directories. */
enum {
    /* Content is in a separate file: `place` is its number; otherwise in the pack, at byte `place`. */
    INODE_OWN_FILE = 1u << 0,
    /* A hard link to the file of lower layers at the path in `target`, or of this layer if lower layers
     * none; the record's other fields are unused. */
    INODE_LOWER_LINK = 1u << 1,
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
    uint32_t layer; /* trees: the layer with the content, an index into the table of layers; layers: 0 */
    uint32_t rdev_major, rdev_minor;
    uint32_t parent;         /* directories, and in trees all inodes: the directory of the first name */
    uint64_t place;          /* regular files: position of the content in the layer */
    uint64_t content_hash;   /* regular files: XXH3-64 of the content, holes as zeros */
    uint64_t first, entries; /* directories: their run in the table of names */
    uint64_t xattrs;         /* offset of the set of extended attributes, 0 for none */
    uint64_t target;         /* symbolic links and lower links: offset of the text, `size` bytes */
};

enum {
    NAME_WHITEOUT = 1u << 0, /* layers: removes the name; has no inode */
};

struct index_name {
    const char *name;     /* in the mapping, not NUL-terminated */
    size_t len;           /* 1 .. 255 */
    uint32_t inode;       /* 0 for a whiteout */
    uint8_t type;         /* DT_* of the inode, DT_WHT for a whiteout; DT_UNKNOWN for a lower link */
    uint8_t flags;        /* NAME_* */
    uint64_t table_index; /* index in the table of names */
};

/* The names of a directory: entries first .. first + entries - 1 of the table, sorted by bytes. */
struct index_run {
    uint64_t dir;
    uint64_t first, entries;
};

#define INDEX_ROOT 1

/* Maps the index in `fd`, which is borrowed and may be closed afterwards. `what` names it in errors.
 * -EUCLEAN with a line in `err` if it is no index, of another kind or version, or damaged; -EPERM if
 * others could write to it. The caller frees *ret with index_free. */
int index_open(int fd, const char *what, enum index_kind kind, struct index **ret, struct err *err);
void index_free(struct index *ix);
/* Releases the resident pages of an idle index. Pointers from earlier calls stay valid. Thread-safe. */
void index_rest(const struct index *ix);
/* Was the index written in an older version of the format of its kind? index_open refuses such a file. */
bool index_is_outdated(int fd, enum index_kind kind);

/* Handles SIGBUS inside the mapping of any open index (see above). Call once per process, before threads
 * start. Other SIGBUSes keep their meaning. Returns 0 or a negative errno. */
int index_guard_install(void);

enum index_kind index_kind(const struct index *ix);
uint64_t index_inodes(const struct index *ix); /* inode numbers are 1 .. this */
uint64_t index_names(const struct index *ix);
uint64_t index_sum(const struct index *ix); /* checksum of the whole index; identifies its content */
uint64_t
index_content_size(const struct index *ix);    /* sum of the sizes of its regular files, each inode once */
uint32_t index_layers(const struct index *ix); /* trees: how many layers; layers: 0 */
/* Raw digest (32 or 64 bytes, *ret_len) of layer `n`, bottom first. */
int index_layer(const struct index *ix, uint32_t n, const uint8_t **ret, size_t *ret_len);

int index_inode(const struct index *ix, uint64_t inode, struct index_inode *ret);
/* From a directory to its entries. Only these functions lead down, and they check an index's promises
 * (FORMAT.md): a run belongs to one directory; its names are sorted and unique; a directory has one name
 * and a greater number than its parent; a name's type is that of its inode; a file with one name is in its
 * parent. A walk down therefore meets each name once and ends. -EUCLEAN if a check fails. */
/* Gets the run of directory `dir`. -ENOTDIR. */
int index_run(const struct index *ix, uint64_t dir, struct index_run *ret);
/* Gets the name at `position` (0, 1, 2, ...) of a run. Returns 1, or 0 after the last. */
int index_entry(const struct index *ix, const struct index_run *run, uint64_t position,
                struct index_name *ret);
/* Gets the inode of a name of `dir`; all zero for a whiteout. */
int index_child(const struct index *ix, uint64_t dir, const struct index_name *name, struct index_inode *ret);
/* Finds `name` in `dir` by binary search, and its inode (ret_inode may be NULL). -ENOENT, -ENOTDIR. */
int index_find(const struct index *ix, uint64_t dir, const char *name, size_t len, struct index_name *ret,
               struct index_inode *ret_inode);

/* Gets name `n` of the whole table, whichever directory it is in. */
int index_name(const struct index *ix, uint64_t n, struct index_name *ret);
/* Orders the names of a directory by their bytes. */
int index_compare_names(const char *a, size_t a_len, const char *b, size_t b_len);
/* Gets the text of a symbolic link or lower link; it lies in the mapping. */
int index_target(const struct index *ix, const struct index_inode *inode, const char **ret, size_t *ret_len);

/* Iterates over a set of extended attributes. *cursor is 0 at first. Returns 1 with an attribute, 0 at the
 * end, or a negative errno. Name and value lie in the mapping; the name has no NUL. */
struct index_xattr {
    const char *name;
    size_t name_len;
    const void *value;
    size_t value_len;
};
int index_xattr_next(const struct index *ix, const struct index_inode *inode, uint64_t *cursor,
                     struct index_xattr *ret);
/* Get a value and the list of names as getxattr(2) and listxattr(2) do: size 0 asks for the length; -ERANGE,
 * -ENODATA. (index_xattr.c) */
ssize_t index_getxattr(const struct index *ix, const struct index_inode *inode, const char *name, void *value,
                       size_t size);
ssize_t index_listxattr(const struct index *ix, const struct index_inode *inode, char *list, size_t size);

/* Verifies the checksums of all blocks. */
int index_check_blocks(const struct index *ix);

#endif
