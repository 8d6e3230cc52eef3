/* SPDX-License-Identifier: Apache-2.0 */
/* Measures objects on the disk. Layers share files by hard links (store/FORMAT.md): such a file is in several layers,
 * and takes its bytes once, until the last of them is removed. */
#ifndef MICA_COLLECT_MEASURE_H
#define MICA_COLLECT_MEASURE_H

#include <sys/types.h>

#include "collect/collect.h"

/* A file of a layer that has further links. */
struct linked_file {
    ino_t ino; /* all of a store's layers are on one file system */
    uint64_t disk_size;
    uint64_t links;  /* all of the file's, wherever they are */
    uint64_t here;   /* of them, in this layer */
    size_t object;   /* index of the layer among the objects */
    bool is_content; /* files/N: one whole content. Otherwise a pack */
};

struct measure {
    struct linked_file *files; /* sorted by inode, then by object; one for each pair of them */
    size_t n;
};

/* Sets each object's disk_size to the bytes that it shares with no other, and lists those files that it may share.
 * 0 or a negative errno with a line. Free *ret in any case. */
int measure_objects(struct store *s, struct collect_object *objects, size_t n, struct measure *ret,
                    struct err *err);
void measure_free(struct measure *m);

/* Returns the end of the run of files[from] for the same inode. Pure. */
size_t measure_run(const struct measure *m, size_t from);
/* Adds to the objects the shared files that go with all of them: a file counts for the first object that has it. A
 * file with links elsewhere stays, and counts for none. Pure. */
void measure_add_freed(const struct measure *m, struct collect_object *objects);

#endif
