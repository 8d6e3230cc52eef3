/* SPDX-License-Identifier: Apache-2.0 */
/* The tree over live directories: merged one directory at a time when first looked at. */
#ifndef MICA_STACK_STACK_TREE_H
#define MICA_STACK_STACK_TREE_H

#include <stdbool.h>

#include "os/err.h"
#include "tree/tree.h"

#define STACK_MAX_LAYERS 500

struct stack_options {
    int upper_fd; /* upper directory of a branch on the tree, for tree_outside_ino; borrowed for the call, -1:
                   * none */
    int work_fd;  /* its work directory, borrowed, too. A layer that contains one of the two hides it: new
                  * files would appear in the layer as well, and a walk would never end */
    bool top_is_upper; /* the topmost layer is an upper directory, opened read-only */
    unsigned max_fds;  /* kept open besides those of the layers */
    bool no_redirects; /* lookup of a redirected name fails with -EPERM, as in kernel overlayfs */
    /* A layer whose root has the attribute of override.h keeps owners, modes and types in attributes. They are
     * trusted in the caller's own directories; with this option in all. */
    bool believe_overrides;
    bool has_timeout; /* hold names for `timeout` seconds (stack_tree_hold_names) instead of one */
    double timeout;
};

/* `fds`: open directories, topmost first; taken over on success (the array is copied). At most
 * STACK_MAX_LAYERS. */
int stack_tree_new(const int *fds, unsigned n, const struct stack_options *options, struct tree **ret,
                   struct err *err);

/* Keep the names of a directory for so many seconds before looking at it again, where its times do not tell
 * (stack_fresh.h); INFINITY: for ever, and the tree has `fixed_names`. Only while no other thread uses it. */
void stack_tree_hold_names(struct tree *t, double seconds);

#endif
