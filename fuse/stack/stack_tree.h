/* SPDX-License-Identifier: Apache-2.0 */
/* The tree over live directories: merged one directory at a time when first looked at. */
#ifndef MICA_STACK_STACK_TREE_H
#define MICA_STACK_STACK_TREE_H

#include <stdbool.h>

#include "os/err.h"
#include "tree/tree.h"

#define STACK_MAX_LAYERS 500

struct stack_options {
    int upper_fd; /* the upper directory of a branch on the tree, for tree_outside_ino; borrowed for the
                     call, -1: none */
    int work_fd; /* its work directory, borrowed as well. Where a layer holds one of both it does not show it:
                    what is written would come back as the layer's, and whoever walks would find no end */
    bool top_is_upper; /* the topmost layer is such an upper directory itself, which is only read */
    unsigned max_fds;  /* that are kept open besides those of the layers */
    bool no_redirects; /* looking up what is redirected gives -EPERM, as kernel overlayfs does it */
    /* A layer whose root has the attribute of override.h keeps owners, modes and types in it. That is
     * believed of the caller's own directories; with this of all. */
    bool believe_overrides;
    /* For how many seconds names of a directory hold that were seen (tree.h, list_timeout); else one. */
    bool has_timeout;
    double timeout;
};

/* `fds`: open directories, topmost first; taken over on success (the array is copied). At most
 * STACK_MAX_LAYERS. */
int stack_tree_new(const int *fds, unsigned n, const struct stack_options *options, struct tree **ret,
                   struct err *err);

#endif
