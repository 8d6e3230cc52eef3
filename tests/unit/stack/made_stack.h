/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of live directories made from a description, for the tests of the stack tree. What fails here fails
 * the test. */
#ifndef MICA_TEST_MADE_STACK_H
#define MICA_TEST_MADE_STACK_H

#include <stddef.h>

#include "os/buf.h"
#include "tree/tree.h"

#define LAYERS 4

/* One thing in one layer (0 is the topmost). Kinds: d directory, f file, l symbolic link, h hard link to
 * `value`, p fifo, c whiteout device, w whiteout attribute on an empty file, o opaque attribute, r redirect,
 * m only metadata, a any attribute ("NAME=VALUE"). */
struct thing {
    unsigned layer;
    char kind;
    const char *path, *value;
};

struct stack {
    char base[64];
    struct tree *tree;
};

/* An empty directory for each layer. */
void make_base(struct stack *s);
void make_thing(const struct stack *s, const struct thing *t);
/* Sets a mark of an overlay file system: trusted.overlay.* where that can be used, as kernel overlayfs does
 * it. */
void set_mark(const char *path, const char *mark, const char *value);
void write_file(const char *path, const char *content);
/* A path in a layer; good until the fourth call after. */
const char *path_in(const struct stack *s, unsigned layer, const char *path);

/* The tree of the topmost `n` layers. */
void open_tree_with(struct stack *s, unsigned n, unsigned max_fds);
/* All of it: at most `n` things, up to one without a kind. */
void make_stack(struct stack *s, const struct thing *things, size_t n);
/* Frees the tree and removes the directories. */
void remove_stack(struct stack *s);

/* The node at a path, with a reference. */
uint64_t find(struct tree *t, const char *path, struct tree_attr *attr);

/* What a tree shows, as one line: "a=content d/ d/l>target p| x!ERRNO". What its listings, lookups and
 * getattr say must agree. */
const char *dump(struct tree *t, struct buf *out);

#endif
